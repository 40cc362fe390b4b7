import { X509Certificate } from 'node:crypto'
import { readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { createSecureContext, type Server } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { type Config, SettingError } from './config.js'
import type { Log } from './log.js'

type Files = NonNullable<Config['tls']>

/** A certificate and its key are two files, written one after the other: so long nothing must change before they are read. */
const SETTLE_MS = 500

/** What a listener with TLS is made of. 666 is no status of HTTP/2: it speaks 1.1 only. */
export function tlsOptions({ certFile, keyFile }: Files) {
  return {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    minVersion: 'TLSv1.2' as const,
    ALPNProtocols: ['http/1.1'],
  }
}

/** Before anything is opened: what is wrong with a certificate is told by its settings. */
export function checkCertificate(files: Files): void {
  try {
    createSecureContext(tlsOptions(files))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new SettingError(`TLS_CERT_FILE and TLS_KEY_FILE cannot be used: ${message}`)
  }
}

/**
 * Takes up a renewed certificate for connections to come; those that are open go on. One that cannot be used is told, and the old
 * one goes on serving.
 */
export function reloadCertificates(app: FastifyInstance, files: Files, log: Log): void {
  let settling: NodeJS.Timeout | undefined
  const reload = () => {
    try {
      const options = tlsOptions(files)
      ;(app.server as unknown as Server).setSecureContext(options)
      log.info('the certificate was read again', { validTo: new X509Certificate(options.cert).validTo })
    } catch (error) {
      log.error('the new certificate cannot be used; the old one goes on serving', error)
    }
  }
  const watchers = [...new Set([dirname(files.certFile), dirname(files.keyFile)])].map((directory) =>
    watch(directory, { persistent: false }, () => {
      clearTimeout(settling)
      settling = setTimeout(reload, SETTLE_MS).unref()
    }),
  )
  app.addHook('onClose', async () => {
    clearTimeout(settling)
    for (const watcher of watchers) watcher.close()
  })
}
