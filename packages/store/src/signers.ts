import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { sealPlace } from './applications.js'
import type { Reading } from './context.js'
import type { Keys } from './keys.js'
import type { ApplicationRow } from './tables.js'

/** One AppSecret that may sign for an application. */
export interface SigningSecret {
  readonly credentialId: string
  /** The keyed digest of its AppKey, by which its caller is found. */
  readonly lookup: string
  readonly secret: string
  /** False: a decoy in an empty place. */
  readonly isReal: boolean
}

/**
 * Who may sign for an appid: always of one shape and always two secrets (a rotation has two live ones), so that nobody can
 * tell an unknown appid from a known one by the work it makes.
 */
export interface SignerRecord {
  readonly isKnown: boolean
  readonly algorithm: ApplicationRow['platform_algorithm']
  readonly secrets: readonly [SigningSecret, SigningSecret]
}

interface Row {
  known: number
  algorithm: ApplicationRow['platform_algorithm'] | null
  id1: string | null
  lookup1: string | null
  sealed1: Uint8Array | null
  id2: string | null
  lookup2: string | null
  sealed2: Uint8Array | null
}

/**
 * By appid, with the same work for any: for an unknown one the first application's row is read in its place. An application
 * that is metered elsewhere does not sign here: its gateway does, in its own way.
 */
export async function findSigner({ db, keys }: Reading, appId: string): Promise<SignerRecord> {
  const { rows } = await sql<Row>`
    WITH asked AS MATERIALIZED (SELECT max(id) AS id FROM applications WHERE id = ${appId} AND mode <> 'elsewhere'),
      decoy AS MATERIALIZED (SELECT min(id) AS id FROM applications),
      read AS MATERIALIZED (SELECT coalesce(asked.id, decoy.id) AS id, CASE WHEN asked.id IS NULL THEN 0 ELSE 1 END AS known FROM asked, decoy),
      newest AS MATERIALIZED (SELECT c.id, c.lookup, c.sealed, row_number() OVER (ORDER BY c.id DESC) AS place
        FROM read, applications a, credentials c
        WHERE a.id = read.id AND c.account_id = a.account_id AND c.application_id = a.id
          AND c.kind = 'app_key' AND c.status = 'active')
    SELECT read.known, a.platform_algorithm AS algorithm,
      one.id AS id1, one.lookup AS lookup1, one.sealed AS sealed1, two.id AS id2, two.lookup AS lookup2, two.sealed AS sealed2
    FROM read LEFT JOIN applications a ON a.id = read.id
      LEFT JOIN newest one ON one.place = 1 LEFT JOIN newest two ON two.place = 2`.execute(db)
  const row = rows[0]
  const isKnown = row?.known === 1 && row.id1 !== null
  return {
    isKnown,
    algorithm: row?.algorithm ?? 'hmac-sha256',
    secrets: [
      opened(keys, row?.id1 ?? null, row?.lookup1 ?? null, row?.sealed1 ?? null, isKnown),
      opened(keys, row?.id2 ?? null, row?.lookup2 ?? null, row?.sealed2 ?? null, isKnown),
    ],
  }
}

function opened(
  keys: Keys,
  id: string | null,
  lookup: string | null,
  sealed: Uint8Array | null,
  isKnown: boolean,
): SigningSecret {
  const decoy = decoyOf(keys)
  const isThere = id !== null && lookup !== null && sealed !== null
  const secret = keys.open(Buffer.from(isThere ? sealed : decoy.sealed), sealPlace(isThere ? id : decoy.id))
  return {
    credentialId: isThere ? id : decoy.id,
    lookup: isThere ? lookup : decoy.lookup,
    secret: isKnown && isThere ? secret : decoy.secret,
    isReal: isKnown && isThere,
  }
}

interface Decoy {
  readonly id: string
  readonly lookup: string
  readonly secret: string
  readonly sealed: Buffer
}

const decoys = new WeakMap<Keys, Decoy>()

/** As long as the real ones, and nobody's. */
function decoyOf(keys: Keys): Decoy {
  let decoy = decoys.get(keys)
  if (decoy === undefined) {
    const id = `cred_${'0'.repeat(26)}`
    const secret = `hyas${randomBytes(16).toString('hex')}`
    decoy = { id, lookup: keys.index(secret), secret, sealed: keys.seal(secret, sealPlace(id)) }
    decoys.set(keys, decoy)
  }
  return decoy
}
