import { createServer } from 'node:http'
import { Registry } from 'prom-client'
import { type Config, SettingError } from '../config.js'
import type { SourceRegistry } from '../source-registry.js'
import { type DoorObserver, type DoorParts, doorMetrics } from './door-metrics.js'
import { sourceMetrics } from './source-metrics.js'

const PATH = '/metrics'

/** `/metrics` for Prometheus, on a listener of its own: what is public has none. Loaded where it is wanted. */
export async function startMetrics(
  { host, metricsPort }: Pick<Config, 'host'> & { readonly metricsPort: number },
  sources: SourceRegistry,
  doors: DoorParts,
): Promise<{ readonly port: number; readonly observer: DoorObserver; close(): Promise<void> }> {
  const registry = new Registry()
  sources.watch(sourceMetrics(registry, sources))
  const observer = doorMetrics(registry, doors)
  const server = createServer((request, response) => {
    if (request.url !== PATH || request.method !== 'GET') {
      response.writeHead(404).end()
      return
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const code = 'code' in error ? String(error.code) : error.message
      reject(new SettingError(`METRICS_PORT ${metricsPort} on ${host} cannot be listened on (${code})`))
    })
    server.listen(metricsPort, host, resolve)
  })
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : metricsPort,
    observer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
