import type { SampleEnding, SampleSubject, SiteInfo } from '@heyan/contract'
import { SANDBOX_SUBJECTS, type SandboxOutcome } from '@heyan/sources'
import { DEMO_SAMPLES } from '../demo.js'
import type { Services } from '../services.js'
import { ORDER_URL_PREFIX, operatorFacts } from '../site-facts.js'

/** What the pages show of the installation: public, and the same for everybody. */
export async function readSiteInfo({ store, config }: Services, address: string): Promise<SiteInfo> {
  const [settings, plans] = await Promise.all([store.run('readSite', undefined), store.run('listPlans', undefined)])
  return {
    address,
    operator: operatorFacts(settings),
    plans: plans
      .filter(({ status }) => status === 'on_sale')
      .map(({ id, label, priceFen, calls, validDays, isOncePerAccount, isNoRecordFree }) => {
        const orderUrl = settings[ORDER_URL_PREFIX + id] ?? null
        return { id, label, priceFen, calls, validDays, isOncePerAccount, isNoRecordFree, orderUrl }
      }),
    samples: { demo: config.isDemo ? DEMO_SAMPLES : [], sandbox: SANDBOX_SAMPLES },
  }
}

const SANDBOX_SAMPLES: readonly SampleSubject[] = SANDBOX_SUBJECTS.map(({ name, number, outcome }) => ({
  name,
  number,
  ending: endingOf(outcome),
}))

function endingOf(outcome: SandboxOutcome): SampleEnding {
  if (outcome.kind !== 'verdict') return outcome.kind
  return outcome.delayMs > 0 ? 'slow_match' : outcome.verdict
}
