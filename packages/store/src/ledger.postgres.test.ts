import { describe } from 'vitest'
import { postgresEngine } from './testing/engines.js'
import { ledgerSuite } from './testing/ledger-suite.js'
import { testServer } from './testing/test-server.js'

describe('on PostgreSQL', () => ledgerSuite(postgresEngine(testServer())))
