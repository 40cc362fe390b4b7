import './notice.css'
import type { ReactNode } from 'react'

export type Tone = 'good' | 'bad' | 'unsure' | 'plain'

/** Something to be noticed. `isLive`: told to screen readers when it comes up. */
export function Notice({
  tone = 'plain',
  isLive = false,
  children,
}: {
  readonly tone?: Tone
  readonly isLive?: boolean
  readonly children: ReactNode
}) {
  return (
    <div className={`notice notice-${tone}`} role={isLive ? 'status' : undefined}>
      {children}
    </div>
  )
}

/** A word or two, set off by colour. */
export function Tag({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <span className={`tag notice-${tone}`}>{children}</span>
}
