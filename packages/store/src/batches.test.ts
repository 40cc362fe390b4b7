import { describe } from 'vitest'
import { batchSuite } from './testing/batch-suite.js'
import { SQLITE_ENGINE } from './testing/engines.js'

describe('on SQLite', () => batchSuite(SQLITE_ENGINE))
