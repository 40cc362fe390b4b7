import { describe, expect, test } from 'vitest'
import { check, ZEROS } from './check.mjs'

/** A charge, a problem, a free repeat of the charge under its key, a refusal that reached no source; two were cut off. */
const sound = () => ({
  attempts: 6,
  answers: [
    { id: 'A', name: '李安安', status: 200, billing: '1', verdict: 'match' },
    { id: 'B', name: '李宝安', status: 666, billing: null, verdict: null },
    { id: 'C', name: '李安安', status: 200, billing: '0', verdict: 'mismatch' },
    { id: 'D', name: '李昌安', status: 403, billing: null, verdict: null },
  ],
  asked: [
    { id: 'A', name: '李安安' },
    { id: 'B', name: '李宝安' },
    { id: 'C', name: '李安安' },
  ],
  said: [
    { id: 'A', name: '李安安', answer: 'match' },
    { id: 'B', name: '李宝安', answer: 'unavailable' },
    { id: 'C', name: '李安安', answer: 'mismatch' },
  ],
  calls: [
    { id: 'A', state: 'settled', charged: 1 },
    { id: 'B', state: 'released', charged: 0 },
    { id: 'C', state: 'settled', charged: 0 },
  ],
  entries: ['A'],
  lots: { used: 1, reserved: 0 },
})

const ALL_ZERO = Object.fromEntries(ZEROS.map((name) => [name, 0]))

/** What is found besides zeros once the sound records have been tampered with. */
function found(tamper) {
  const records = sound()
  tamper(records)
  const result = check(records)
  return Object.fromEntries(ZEROS.filter((name) => result[name] !== 0).map((name) => [name, result[name]]))
}

describe('the check of three records', () => {
  test('finds nothing where nothing is wrong', () => {
    expect(check(sound())).toEqual({ answers: 4, charged: 1, leakage: 0, ...ALL_ZERO })
  })

  test('finds a charge that was answered, and whose row is gone', () => {
    const tampered = found((records) => {
      records.calls.shift()
      records.entries = []
      records.lots.used = 0
    })
    expect(tampered).toEqual({ lost: 1, unrecorded: 1 })
  })

  test('finds a charge that was answered, and is not in the ledger', () => {
    expect(found((records) => records.entries.pop())).toEqual({ lost: 1, unbalanced: 1 })
  })

  test('finds a charge that was answered, and whose row says that it is free', () => {
    const tampered = found((records) => {
      records.calls[0].charged = 0
    })
    expect(tampered).toEqual({ lost: 1, unbalanced: 1 })
  })

  test('finds a request that was charged twice, though its client saw neither answer', () => {
    const tampered = found((records) => {
      records.answers = []
      records.calls[2].charged = 1
      records.entries.push('C')
      records.lots.used = 2
    })
    expect(tampered).toEqual({ double: 1 })
  })

  test('finds a call that was entered twice, and an id that was given twice', () => {
    const tampered = found((records) => {
      records.entries.push('A')
      records.lots.used = 2
    })
    expect(tampered).toEqual({ double: 1, unbalanced: 1 })
    expect(found((records) => records.answers.push(records.answers[3]))).toEqual({ double: 1 })
  })

  test('finds a charge whose source failed, and one whose source was never asked', () => {
    const failed = found((records) => {
      records.said[0].answer = 'unavailable'
      records.answers.shift()
    })
    expect(failed).toEqual({ phantom: 1 })
    const neverAsked = found((records) => {
      records.calls.push({ id: 'E', state: 'settled', charged: 1 })
      records.entries.push('E')
      records.lots.used = 2
    })
    expect(neverAsked).toEqual({ phantom: 1 })
  })

  test('finds a problem, and a free verdict, that were charged', () => {
    const problem = found((records) => {
      records.calls[1].charged = 1
      records.entries.push('B')
      records.lots.used = 2
    })
    expect(problem).toEqual({ phantom: 1, chargedProblems: 1 })
    const free = found((records) => {
      records.calls[2].charged = 1
      records.entries = ['C']
      records.calls[0].charged = 0
      records.answers.shift()
    })
    expect(free).toEqual({ chargedProblems: 1 })
  })

  test('finds a charge that nobody asked for', () => {
    const tampered = found((records) => {
      records.attempts = 4
      records.said.push({ id: 'E', name: '李达安', answer: 'match' })
      records.calls.push({ id: 'E', state: 'settled', charged: 1 })
      records.entries.push('E')
      records.lots.used = 2
    })
    expect(tampered).toEqual({ unasked: 1 })
  })

  test('finds an answer with the verdict of somebody else', () => {
    const verdict = found((records) => {
      records.answers[0].verdict = 'no_record'
    })
    expect(verdict).toEqual({ mixedUp: 1 })
    const name = found((records) => {
      records.answers[0].name = '李昌安'
    })
    expect(name).toEqual({ mixedUp: 1 })
  })

  test('finds a source that was asked before the call was written down', () => {
    expect(found((records) => records.asked.push({ id: 'F', name: '李达安' }))).toEqual({ unrecorded: 1 })
  })

  test('finds a call that is still held, in its row and in its lot', () => {
    const tampered = found((records) => {
      records.calls[1].state = 'reserved'
      records.lots.reserved = 1
    })
    expect(tampered).toEqual({ stuck: 2 })
  })

  test('finds lots that say something else than the calls', () => {
    const tampered = found((records) => {
      records.lots.used = 3
    })
    expect(tampered).toEqual({ unbalanced: 4 })
  })

  test('counts verdicts that a crash made free, and calls it a fault where no crash can have', () => {
    const records = sound()
    records.said.push({ id: 'E', name: '李达安', answer: 'match' })
    expect(check(records)).toMatchObject({ leakage: 1, ...ALL_ZERO })
    records.attempts = 4
    expect(check(records)).toMatchObject({ leakage: 1, givenAway: 1 })
  })
})
