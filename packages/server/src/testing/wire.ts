import type { Server } from 'node:http'
import { Duplex } from 'node:stream'

/** A connection without a network: the server reads exactly the packets that are pushed, one by one. */
export class Wire extends Duplex {
  /** What the server has answered, one byte a character. */
  received = ''

  constructor(server: Server) {
    super({ allowHalfOpen: true })
    server.emit('setSecureContext' in server ? 'secureConnection' : 'connection', this)
  }

  readonly remoteAddress = '127.0.0.1'

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.received += chunk.toString('latin1')
    done()
  }

  setTimeout(): this {
    return this
  }

  destroySoon(): void {
    this.end(() => this.destroy())
  }

  /** Sends one packet after another, each when the one before was dealt with. */
  async send(packets: readonly Buffer[]): Promise<void> {
    for (const packet of packets) {
      if (packet.length > 0 && !this.destroyed) this.push(packet)
      await turn()
    }
  }
}

/** Lets everything that is ready to go on do so. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Bytes as the packets between these places. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const bounds = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).sort((one, other) => one - other),
    bytes.length,
  ]
  return bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end))
}
