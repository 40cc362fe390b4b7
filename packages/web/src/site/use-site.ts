import { SITE_PATH, type SiteInfo } from '@heyan/contract/browser'
import { useEffect, useState } from 'react'

/** Nothing to wait for longer than this; what can be shown without it is. */
const SITE_TIMEOUT_MS = 10_000

/** `null` while it is on its way; `'unavailable'` where it did not come. */
export type SiteState = SiteInfo | 'unavailable' | null

let asked: Promise<SiteInfo> | null = null

async function ask(): Promise<SiteInfo> {
  const answer = await fetch(SITE_PATH, { signal: AbortSignal.timeout(SITE_TIMEOUT_MS) })
  if (!answer.ok) throw new Error(`the site answers ${answer.status}`)
  return (await answer.json()) as SiteInfo
}

/** What the installation says of itself: asked once, for all that show it. */
export function useSite(): SiteState {
  const [site, setSite] = useState<SiteState>(null)
  useEffect(() => {
    let isWanted = true
    asked ??= ask()
    asked.then(
      (info) => isWanted && setSite(info),
      () => {
        asked = null
        if (isWanted) setSite('unavailable')
      },
    )
    return () => {
      isWanted = false
    }
  }, [])
  return site
}
