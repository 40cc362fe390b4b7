import type { Spelling } from './spelling.js'

/** Which record of a person's consent the caller named for a call. Nothing of the person is in it. */
export function statements({ integer, clustered }: Spelling): string[] {
  return [
    `CREATE TABLE consents (
      account_id TEXT NOT NULL, application_id TEXT NOT NULL, call_id TEXT NOT NULL, reference TEXT NOT NULL, at ${integer} NOT NULL,
      PRIMARY KEY (account_id, application_id, call_id)) ${clustered}`,
  ]
}
