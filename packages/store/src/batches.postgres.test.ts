import { describe } from 'vitest'
import { batchSuite } from './testing/batch-suite.js'
import { postgresEngine } from './testing/engines.js'
import { testServer } from './testing/test-server.js'

describe('on PostgreSQL', () => batchSuite(postgresEngine(testServer())))
