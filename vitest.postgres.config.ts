import { defineConfig } from 'vitest/config'

// The suites that need a PostgreSQL server: one is started for the run, and ended with it.
export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.postgres.test.ts'],
    globalSetup: ['scripts/postgres/vitest-setup.mjs'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
