import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { SourceObserver } from '../source-registry.js'

const SERVICE = 'heyan'
const PATH = '/v1/traces'
/** Spans are worth less than an end in time: what cannot be sent within this is lost. */
const SEND_MAX_MS = 1_000

/**
 * One span an attempt, to the OTLP endpoint that was configured: call, source, class, cost; nothing of the person and not the
 * verdict. This file brings the SDK along: it is loaded where an endpoint is configured.
 */
export function sourceSpans(endpoint: string): { readonly observer: SourceObserver; close(): Promise<void> } {
  const url = `${endpoint.replace(/\/+$/, '')}${PATH}`
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: SEND_MAX_MS })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': SERVICE }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer(SERVICE)
  const observer: SourceObserver = {
    attempted({ callId, source, ordinal, class: outcome, durationMs, costFen, mayBeBilled }) {
      const endMs = Date.now()
      const span = tracer.startSpan('source.attempt', {
        kind: SpanKind.CLIENT,
        startTime: new Date(endMs - durationMs),
        attributes: {
          'heyan.call_id': callId,
          'heyan.source': source,
          'heyan.ordinal': ordinal,
          'heyan.class': outcome,
          'heyan.cost_fen': costFen,
          'heyan.may_be_billed': mayBeBilled,
        },
      })
      if (outcome !== 'verdict') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome })
      span.end(new Date(endMs))
    },
    late: () => {},
    alerted: () => {},
  }
  return {
    observer,
    close: () =>
      new Promise((resolve) => {
        const late = setTimeout(resolve, SEND_MAX_MS)
        provider
          .shutdown()
          .catch(() => undefined)
          .finally(() => {
            clearTimeout(late)
            resolve()
          })
      }),
  }
}
