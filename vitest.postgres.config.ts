import { defineConfig } from 'vitest/config'

// The suites that need a PostgreSQL server, and those of a whole server once more, with its store there. One database server is
// started for the run, and ended with it.
export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.postgres.test.ts',
      'packages/server/src/{admin,calls,gateway,platform,v1}/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/{garbage,raw-*,request-stream,matrix}.test.ts'],
    globalSetup: ['scripts/postgres/vitest-setup.mjs'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
