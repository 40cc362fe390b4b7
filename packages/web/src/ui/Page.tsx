import './page.css'
import { type ReactNode, useEffect } from 'react'

interface PageProps {
  /** Of the browser's tab, before the product's name. */
  readonly title: string
  readonly children: ReactNode
}

/** What stands between head and foot: the one `main` of a page. */
export function Page({ title, children }: PageProps) {
  useEffect(() => {
    document.title = title
  }, [title])
  return (
    <main id="main" className="page" tabIndex={-1}>
      {children}
    </main>
  )
}

interface SectionProps {
  /** What the address may name after its `#`. */
  readonly id: string
  readonly title: string
  readonly lead?: ReactNode
  readonly isShaded?: boolean
  /** 1 where the section's title is the page's. */
  readonly level?: 1 | 2
  readonly children: ReactNode
}

export function Section({ id, title, lead, isShaded = false, level = 2, children }: SectionProps) {
  const Title = level === 1 ? 'h1' : 'h2'
  return (
    <section id={id} className={`section${isShaded ? ' section-shaded' : ''}`} aria-labelledby={`${id}-title`}>
      <div className="section-inner">
        <header className="section-head">
          <Title id={`${id}-title`}>{title}</Title>
          {lead === undefined ? null : <p className="soft">{lead}</p>}
        </header>
        {children}
      </div>
    </section>
  )
}
