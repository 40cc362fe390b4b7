import { contents, pages } from 'virtual:heyan-docs/contents'
import './docs.css'
import '../ui/table.css'
import { Fragment, type MouseEvent, useEffect } from 'react'
import { Link, NavLink, useLocation, useNavigate, useParams } from 'react-router'
import { BuiltMarkup } from '../ui/BuiltMarkup.js'
import { Page } from '../ui/Page.js'
import { useLanguage, useWords } from '../words/language.js'
import { Code } from './Code.js'
import { SampleTabs } from './SampleTabs.js'
import { Search } from './Search.js'
import type { DocGroup, DocPage, DocPart } from './shapes.js'
import { useLoaded } from './use-loaded.js'
import { en } from './words.en.js'
import { zh } from './words.zh.js'

/** With fewer sections a page is seen at a glance. */
const HEADINGS_MIN = 4

/** A page of the documents, or, without a name, what there is. */
export default function DocsPage() {
  const words = useWords({ zh, en })
  const { language } = useLanguage()
  const { slug } = useParams()
  const groups = contents[language]
  const entry = groups.flatMap(({ pages }) => pages).find((page) => page.slug === slug)
  const title = entry === undefined ? words.tab : `${entry.title} · ${words.tab}`
  return (
    <Page title={title}>
      <div className="docs">
        <aside className="docs-side">
          <Search />
          <details className="docs-menu" key={slug}>
            <summary>{words.menu}</summary>
            <Contents groups={groups} label={words.navigation} />
          </details>
          <div className="docs-contents">
            <Contents groups={groups} label={words.navigation} />
          </div>
        </aside>
        {slug === undefined ? (
          <Overview groups={groups} />
        ) : entry === undefined ? (
          <div className="docs-article">
            <h1>{words.title}</h1>
            <p>{words.missing}</p>
          </div>
        ) : (
          <Article key={`${language}/${slug}`} slug={slug} title={entry.title} groups={groups} />
        )}
      </div>
    </Page>
  )
}

function Contents({ groups, label }: { readonly groups: readonly DocGroup[]; readonly label: string }) {
  return (
    <nav aria-label={label}>
      {groups.map(({ title, pages }) => (
        <section key={title}>
          <h2>{title}</h2>
          <ul>
            {pages.map((page) => (
              <li key={page.slug}>
                <NavLink to={`/docs/${page.slug}`}>{page.title}</NavLink>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  )
}

function Overview({ groups }: { readonly groups: readonly DocGroup[] }) {
  const words = useWords({ zh, en })
  return (
    <div className="docs-article">
      <h1>{words.title}</h1>
      <p className="docs-lead">{words.lead}</p>
      {groups.map(({ title, pages }) => (
        <section key={title}>
          <h2>{title}</h2>
          <ul className="docs-cards">
            {pages.map((page) => (
              <li key={page.slug}>
                <Link to={`/docs/${page.slug}`}>{page.title}</Link>
                <p>{page.lead}</p>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}

interface ArticleProps {
  readonly slug: string
  readonly title: string
  readonly groups: readonly DocGroup[]
}

function Article({ slug, title, groups }: ArticleProps) {
  const words = useWords({ zh, en })
  const { shell } = useWords()
  const { language } = useLanguage()
  const page = useLoaded<DocPage>(pages[language][slug] ?? null)
  useTarget(page !== null)
  return (
    <article className="docs-article">
      <h1>{title}</h1>
      {page === null ? (
        <p className="soft docs-waiting">{shell.loading}</p>
      ) : page === 'failed' ? (
        <p>{words.failed}</p>
      ) : (
        page.parts.map((part, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a part has no other name, and parts do not move
          <Fragment key={place}>
            <Part part={part} />
            {place === 0 ? <OnThisPage headings={page.headings} /> : null}
          </Fragment>
        ))
      )}
      <Onward slug={slug} groups={groups} />
      <p className="small">
        <a href={`/docs/${language}/${slug}.md`}>{words.plain}</a>
      </p>
    </article>
  )
}

/** Where a page has many sections, what they are. */
function OnThisPage({ headings }: Pick<DocPage, 'headings'>) {
  const words = useWords({ zh, en })
  if (headings.length < HEADINGS_MIN) return null
  return (
    <nav className="docs-here" aria-label={words.here}>
      <ul>
        {headings.map(({ anchor, text }) => (
          <li key={anchor}>
            <Link to={`#${anchor}`}>{text}</Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Part({ part }: { readonly part: DocPart }) {
  const words = useWords({ zh, en })
  const navigate = useNavigate()
  if (part.kind === 'samples') return <SampleTabs credential={part.credential} />
  if (part.kind === 'code') {
    const title = titleOf(part, words)
    return <Code title={title} what={title} lines={part.lines} isWrapped={part.language === 'http'} />
  }
  /** Links between documents need no new document. */
  function follow(event: MouseEvent) {
    const link = event.target instanceof Element ? event.target.closest('a[href^="/docs/"]') : null
    const href = link?.getAttribute('href')
    if (!href || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey)
      return
    event.preventDefault()
    navigate(href)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: the links in it are what is pressed
    <div onClick={follow}>
      <BuiltMarkup className="docs-markup" markup={part.markup} />
    </div>
  )
}

function titleOf({ language, lines }: Extract<DocPart, { kind: 'code' }>, words: typeof zh): string {
  if (language !== 'http') return language === '' || language === 'text' ? words.code : language
  const first = lines[0]?.map(([, text]) => text).join('') ?? ''
  return first.startsWith('HTTP/') ? words.answer : words.request
}

function Onward({ slug, groups }: Omit<ArticleProps, 'title'>) {
  const words = useWords({ zh, en })
  const all = groups.flatMap(({ pages }) => pages)
  const place = all.findIndex((page) => page.slug === slug)
  const [previous, next] = [all[place - 1], all[place + 1]]
  return (
    <nav className="docs-onward" aria-label={words.onward}>
      {previous === undefined ? (
        <span />
      ) : (
        <Link to={`/docs/${previous.slug}`} rel="prev">
          <small>{words.previous}</small> {previous.title}
        </Link>
      )}
      {next === undefined ? null : (
        <Link to={`/docs/${next.slug}`} rel="next">
          <small>{words.next}</small> {next.title}
        </Link>
      )}
    </nav>
  )
}

/** To what the address names after its `#`, once that is there; else to the top of a page that was gone to. */
function useTarget(isThere: boolean) {
  const { hash, pathname } = useLocation()
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page that was gone to begins at its top
  useEffect(() => {
    if (!isThere) return
    const target = hash === '' ? null : document.getElementById(decodeURIComponent(hash.slice(1)))
    if (target === null) window.scrollTo(0, 0)
    else target.scrollIntoView()
  }, [isThere, hash, pathname])
}
