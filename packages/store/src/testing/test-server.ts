import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** `postgres://…` of a server that may make databases. */
    readonly postgresUrl: string
  }
}

/** The server that the run has started. */
export function testServer(): string {
  return inject('postgresUrl')
}
