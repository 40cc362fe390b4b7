import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'

/** What the source wrote down: whom it was asked about, and what it said. */
export function readSource(file) {
  const asked = []
  const said = []
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [what, id, name, answer] = line.split(' ')
    if (what === 'asked') asked.push({ id, name })
    if (what === 'said') said.push({ id, name, answer })
  }
  return { asked, said }
}

/** What the database holds, read without the product's own code. */
export function readDatabase(file) {
  const db = new Database(file, { readonly: true })
  try {
    return {
      calls: db.prepare('SELECT id, state, charged FROM calls').all(),
      entries: db.prepare("SELECT ref FROM entries WHERE kind IN ('charge', 'settle')").pluck().all(),
      lots: db.prepare('SELECT total(used) AS used, total(reserved) AS reserved FROM lots').get(),
    }
  } finally {
    db.close()
  }
}
