import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { SourceObserver, SourceRegistry } from '../source-registry.js'

const DURATION_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3]
const STATES = ['closed', 'resting', 'due', 'probing'] as const

/** What each source does, by the names operators gave them; no label could name a person. */
export function sourceMetrics(registry: Registry, sources: Pick<SourceRegistry, 'onRoute'>): SourceObserver {
  const registers = [registry]
  const attempts = new Counter({
    name: 'heyan_source_attempts_total',
    help: 'Attempts at a source, by class: verdict, or why there was none.',
    labelNames: ['source', 'class'],
    registers,
  })
  const seconds = new Histogram({
    name: 'heyan_source_attempt_seconds',
    help: 'How long an attempt took.',
    labelNames: ['source'],
    buckets: DURATION_BUCKETS_S,
    registers,
  })
  const cost = new Counter({
    name: 'heyan_source_cost_fen_total',
    help: 'What verdicts cost us, in fen.',
    labelNames: ['source'],
    registers,
  })
  const late = new Counter({
    name: 'heyan_source_late_answers_total',
    help: 'Answers that came after their question was given up; never used.',
    labelNames: ['source'],
    registers,
  })
  const alerts = new Counter({
    name: 'heyan_source_alerts_total',
    help: 'Times that somebody was told to look at a source.',
    labelNames: ['source', 'reason'],
    registers,
  })
  new Gauge({
    name: 'heyan_source_breaker',
    help: '1 for the state a source on the route is in; closed is well.',
    labelNames: ['source', 'state'],
    registers,
    collect() {
      this.reset()
      for (const { name, breaker } of sources.onRoute())
        for (const state of STATES) this.set({ source: name, state }, state === breaker ? 1 : 0)
    },
  })
  new Gauge({
    name: 'heyan_source_active',
    help: 'Attempts under way.',
    labelNames: ['source'],
    registers,
    collect() {
      this.reset()
      for (const { name, active } of sources.onRoute()) this.set({ source: name }, active)
    },
  })
  return {
    attempted({ source, class: outcome, durationMs, costFen }) {
      attempts.inc({ source, class: outcome })
      seconds.observe({ source }, durationMs / 1_000)
      cost.inc({ source }, costFen)
    },
    late: ({ source }) => late.inc({ source }),
    alerted: ({ source, reason }) => alerts.inc({ source, reason }),
  }
}
