import { type ReactNode, Suspense } from 'react'
import { Button } from '../ui/Button.js'
import { LoadBoundary } from '../ui/LoadBoundary.js'
import { Notice } from '../ui/Notice.js'
import { useWords } from '../words/language.js'

/** A part of a page that is loaded when it is needed: says so meanwhile, and where it does not come. */
export function Later({ children }: { readonly children: ReactNode }) {
  const { shell } = useWords()
  const lost = (
    <Notice tone="bad" isLive>
      {shell.lost}{' '}
      <Button isSmall onClick={() => window.location.reload()}>
        {shell.reload}
      </Button>
    </Notice>
  )
  return (
    <LoadBoundary fallback={lost}>
      <Suspense fallback={<p className="waiting">{shell.loading}</p>}>{children}</Suspense>
    </LoadBoundary>
  )
}
