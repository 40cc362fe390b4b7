import { defineConfig } from 'vitest/config'

// Packages import each other's built output, so `npm test` builds first; a package's own tests read its source.
export default defineConfig({
  test: {
    include: ['journeys/**/*.test.ts', 'packages/*/src/**/*.test.ts', '{scripts,campaigns}/**/*.test.mjs'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.postgres.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
