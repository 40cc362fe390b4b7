import { expect, test } from 'vitest'
import { sendGarbage } from '../testing/garbage.js'

const ROUNDS = 1_500
const SEED = 20_260_115

// The same with more: `npm run campaign -- fuzz`.
test('garbage in query, headers, body and on the bare connection is answered by the contract, never 5xx, and never charged', {
  timeout: 120_000,
}, async () => {
  expect(await sendGarbage({ rounds: ROUNDS, seed: SEED })).toEqual({
    rounds: ROUNDS,
    serverErrors: 0,
    crashes: 0,
    unexpected: [],
    chargedProblems: 0,
    faultsLogged: 0,
  })
})
