import './code.css'
import type { ReactNode } from 'react'
import { useSite } from '../site/use-site.js'
import { CopyButton } from '../ui/CopyButton.js'
import type { CodeLine } from './shapes.js'

/** The address that examples are written with; readers see that of the installation they are at. */
const WRITTEN_ADDRESS = 'http://127.0.0.1:8080'

interface CodeProps {
  readonly title: ReactNode
  /** Names it for screen readers. */
  readonly what: string
  readonly lines: readonly CodeLine[]
  /** Long lines are broken: what crosses the wire is one line however long. */
  readonly isWrapped?: boolean
}

/** A block of code with its colours, and a button that copies it. */
export function Code({ title, what, lines, isWrapped = false }: CodeProps) {
  const site = useSite()
  const address = site === null || site === 'unavailable' ? WRITTEN_ADDRESS : site.address
  const shown = (text: string) => text.replaceAll(WRITTEN_ADDRESS, () => address)
  const text = lines.map((line) => line.map(([, piece]) => piece).join('')).join('\n')
  return (
    <figure className="code">
      <figcaption className="code-head">
        <span>{title}</span>
        <CopyButton text={`${shown(text)}\n`} what={what} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0} className={isWrapped ? 'wrapped' : undefined}>
        <code>
          {lines.map((line, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name, and lines do not move
            <span key={row} className="code-line">
              {line.map(([colour, piece], place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above
                <span key={place} className={colour === '' ? undefined : colour}>
                  {shown(piece)}
                </span>
              ))}
              {'\n'}
            </span>
          ))}
        </code>
      </pre>
    </figure>
  )
}
