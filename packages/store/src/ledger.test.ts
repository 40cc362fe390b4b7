import { describe, expect, test } from 'vitest'
import { Store } from './index.js'
import { SQLITE_ENGINE } from './testing/engines.js'
import { ledgerSuite } from './testing/ledger-suite.js'

describe('on SQLite', () => {
  ledgerSuite(SQLITE_ENGINE)

  test('a second process is refused while the first one holds the store', async () => {
    const place = await SQLITE_ENGINE.place()
    const store = await Store.open(place.options(Date.now))
    await expect(Store.open(place.options(Date.now))).rejects.toThrow(/another process is using this store/)
    await store.close()
    await place.remove()
  })
})
