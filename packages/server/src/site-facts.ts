import { DEFAULT_OPERATOR_FACTS, type OperatorFacts } from '@heyan/contract'
import type { SiteSettings } from '@heyan/store'

/** An order link is kept under this and its plan's id. */
export const ORDER_URL_PREFIX = 'orderUrl.'

/** What was decided, and the defaults for the rest. */
export function operatorFacts(settings: SiteSettings): OperatorFacts {
  const names = Object.keys(DEFAULT_OPERATOR_FACTS) as (keyof OperatorFacts)[]
  return Object.fromEntries(
    names.map((name) => [name, settings[name] ?? DEFAULT_OPERATOR_FACTS[name]]),
  ) as unknown as OperatorFacts
}
