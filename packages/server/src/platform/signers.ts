import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import {
  isSameSign,
  PLATFORM_ALGORITHMS,
  type PlatformAlgorithm,
  type PlatformClaim,
  platformSign,
} from '@heyan/contract'
import type { SignerRecord, Store } from '@heyan/store'
import { CALLERS_MAX } from '../limits.js'

interface Secret {
  readonly credentialId: string
  readonly lookup: string
  readonly key: KeyObject
  readonly isReal: boolean
}

interface Signer {
  readonly isKnown: boolean
  readonly algorithm: PlatformAlgorithm
  readonly secrets: readonly [Secret, Secret]
}

/** The credential that signed. `lookup` leads to its caller. */
export interface ProvenSigner {
  readonly credentialId: string
  readonly lookup: string
}

/**
 * Proves who signed a request of the platform door. A refusal makes the same work for everybody: an unknown appid, a wrong
 * sign, a cached application or not. It signs with two secrets (decoys where there are none) by each algorithm, reads the
 * store, and signs again; only a right signature comes out of it earlier.
 */
export class Signers {
  readonly #store: Pick<Store, 'run' | 'on'>
  readonly #known = new Map<string, Signer>()
  readonly #decoy: Signer = { isKnown: false, algorithm: 'hmac-sha256', secrets: [decoySecret(), decoySecret()] }
  #generation = 0

  constructor(store: Pick<Store, 'run' | 'on'>) {
    this.#store = store
    store.on('change', () => {
      this.#generation++
      this.#known.clear()
    })
  }

  /** Null where no secret of that appid made this sign. */
  async prove(claim: PlatformClaim, text: string): Promise<ProvenSigner | null> {
    const remembered = signedBy(this.#known.get(claim.appId) ?? this.#decoy, claim, text)
    if (remembered !== null) return remembered
    const generation = this.#generation
    const signer = signerOf(await this.#store.run('findSigner', claim.appId))
    const read = signedBy(signer, claim, text)
    // Remembered only for who proved to know the secret; and not where it changed while it was read.
    if (read !== null && generation === this.#generation) this.#remember(claim.appId, signer)
    return read
  }

  #remember(appId: string, signer: Signer): void {
    if (this.#known.size >= CALLERS_MAX) this.#known.clear()
    this.#known.set(appId, signer)
  }
}

/** The secret that made the sign. Without one, every algorithm has been reckoned with every secret. */
function signedBy({ isKnown, algorithm, secrets }: Signer, claim: PlatformClaim, text: string): ProvenSigner | null {
  for (const { key, isReal, credentialId, lookup } of secrets) {
    const isSame = isSameSign(claim.sign, platformSign(algorithm, key, text, claim))
    if (isSame && isKnown && isReal) return { credentialId, lookup }
  }
  for (const other of PLATFORM_ALGORITHMS) {
    if (other === algorithm) continue
    for (const { key } of secrets) isSameSign(claim.sign, platformSign(other, key, text, claim))
  }
  return null
}

function signerOf({ isKnown, algorithm, secrets: [one, other] }: SignerRecord): Signer {
  return { isKnown, algorithm, secrets: [secretOf(one), secretOf(other)] }
}

function secretOf({ credentialId, lookup, secret, isReal }: SignerRecord['secrets'][number]): Secret {
  return { credentialId, lookup, key: createSecretKey(Buffer.from(secret)), isReal }
}

function decoySecret(): Secret {
  return { credentialId: '', lookup: '', key: createSecretKey(randomBytes(36)), isReal: false }
}
