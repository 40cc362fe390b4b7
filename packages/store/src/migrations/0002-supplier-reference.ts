/** What a supplier calls an attempt, and a way to all attempts at one source: its bill is checked by both. */
export function statements(): string[] {
  return [
    'ALTER TABLE attempts ADD COLUMN reference TEXT',
    'CREATE INDEX attempts_of_source ON attempts (source, day, account_id, call_id, ordinal)',
  ]
}
