import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Why there are no certificates on this machine; null where there are. */
export function whyNoCertificates(): string | null {
  return spawnSync('openssl', ['version']).error ? 'there is no openssl here' : null
}

/** A certificate of its own for this machine, valid for two days, and its key, in these files. */
export function makeCertificate(certFile: string, keyFile: string): Buffer {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', ...key, '-out', certFile, '-days', '2', ...names], { stdio: 'pipe' })
  return readFileSync(certFile)
}
