import { describe, expect, test } from 'vitest'
import { check } from './check.mjs'

const sound = () => ({
  answers: [
    { id: 'A', status: 200, billing: '1', key: 'k1' },
    { id: 'B', status: 666, billing: null, key: null },
    { id: 'C', status: 200, billing: '0', key: 'k1' },
  ],
  said: new Map([
    ['A', 'match'],
    ['B', 'unavailable'],
    ['C', 'match'],
  ]),
  calls: [
    { id: 'A', state: 'settled', charged: 1, key: 'k1' },
    { id: 'B', state: 'released', charged: 0, key: null },
    { id: 'C', state: 'settled', charged: 0, key: 'k1' },
  ],
})

describe('the check of three records', () => {
  test('finds nothing where nothing is wrong', () => {
    expect(check(sound())).toEqual({
      answers: 3,
      charged: 1,
      lost: 0,
      double: 0,
      phantom: 0,
      chargedProblems: 0,
      stuck: 0,
      leakage: 0,
    })
  })

  test('finds a charge that was answered and is not there', () => {
    const records = sound()
    records.calls[0].charged = 0
    expect(check(records).lost).toBe(1)
  })

  test('finds a request that was charged twice', () => {
    const records = sound()
    records.calls[2].charged = 1
    expect(check(records)).toMatchObject({ double: 1, chargedProblems: 1 })
  })

  test('finds a charge without a verdict', () => {
    const records = sound()
    records.said.set('A', 'unavailable')
    expect(check(records).phantom).toBe(1)
    records.said.delete('A')
    expect(check(records).phantom).toBe(1)
  })

  test('finds a problem that was charged', () => {
    const records = sound()
    records.calls[1].charged = 1
    expect(check(records)).toMatchObject({ chargedProblems: 1, phantom: 1 })
  })

  test('finds a call that is still held', () => {
    const records = sound()
    records.calls[1].state = 'reserved'
    expect(check(records).stuck).toBe(1)
  })

  test('counts a verdict that a crash made free', () => {
    const records = sound()
    records.said.set('B', 'match')
    expect(check(records).leakage).toBe(1)
  })
})
