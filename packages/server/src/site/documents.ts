import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

const ENCODERS = { br: promisify(brotliCompress), gzip: promisify(gzip) } as const
type Encoding = keyof typeof ENCODERS

/** A document that is the same for everybody, with its compressed forms. */
export class CachedDocument {
  readonly #text: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #etag: string
  readonly #encoded = new Map<Encoding, Promise<Buffer>>()

  constructor(text: string, headers: Readonly<Record<string, string>>) {
    this.#text = text
    this.#headers = headers
    this.#etag = createHash('sha256').update(text).digest('base64url').slice(0, 22)
  }

  async send(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const encoding = chooseEncoding(request.headers['accept-encoding'])
    const etag = `"${this.#etag}${encoding === null ? '' : `-${encoding}`}"`
    reply.headers({ ...this.#headers, 'cache-control': 'no-cache', vary: 'accept-encoding', etag })
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    if (encoding === null) return reply.send(this.#text)
    return reply.header('content-encoding', encoding).send(await this.#in(encoding))
  }

  #in(encoding: Encoding): Promise<Buffer> {
    const known = this.#encoded.get(encoding) ?? ENCODERS[encoding](this.#text)
    this.#encoded.set(encoding, known)
    return known
  }
}

/** The better of what a client takes; null: as it is. A weight counts only where it is zero. */
export function chooseEncoding(accepted: string | undefined): Encoding | null {
  const taken = new Map(
    (accepted ?? '').split(',').map((part) => {
      const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
      return [name, !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))] as const
    }),
  )
  const isTaken = (name: Encoding) => taken.get(name) ?? taken.get('*') ?? false
  return isTaken('br') ? 'br' : isTaken('gzip') ? 'gzip' : null
}
