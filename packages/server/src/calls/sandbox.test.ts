import { afterEach, expect, test } from 'vitest'
import { FAULT, MATCH, TestServer } from '../testing/server.js'

let server: TestServer | null = null
afterEach(async () => {
  await server?.close()
  server = null
})

const PEOPLE = [MATCH, FAULT, { name: '', number: '1' }]

/** The header of a person's answer at each door that takes an AppCode. */
async function marks(on: TestServer, appCode: string): Promise<(string | string[] | undefined)[]> {
  const answers = []
  for (const { name, number } of PEOPLE) {
    const query = new URLSearchParams({ xm: name, sfz: number })
    answers.push(await on.ask(`/idcard?${query}`, { headers: { authorization: `APPCODE ${appCode}` } }))
    answers.push(
      await on.ask('/v1/verifications', {
        method: 'POST',
        headers: { authorization: `Bearer ${appCode}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name, number }),
      }),
    )
  }
  return answers.map(({ headers }) => headers['x-heyan-sandbox'] as string | undefined)
}

test('every answer to a sandbox application says in a header that nobody was asked; no other application sees that header', async () => {
  server = await TestServer.start({ calls: 5 })
  const sandboxed = await server.newApplication({ mode: 'sandbox', calls: null })
  expect(await marks(server, sandboxed.appCode)).toEqual(PEOPLE.flatMap(() => ['1', '1']))
  expect(await marks(server, server.application.appCode)).toEqual(PEOPLE.flatMap(() => [undefined, undefined]))
})
