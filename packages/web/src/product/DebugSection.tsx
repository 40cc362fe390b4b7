import { lazy, useEffect, useRef, useState } from 'react'
import { Later } from '../site/Later.js'
import { Section } from '../ui/Page.js'
import { useWords } from '../words/language.js'

const Debugger = lazy(() => import('../debugger/Debugger.js'))
/** How far below the window it begins to load. */
const AHEAD = '200px'

/** The debugger, loaded when somebody is about to reach it. */
export function DebugSection() {
  const { shell, product } = useWords()
  const place = useRef<HTMLDivElement>(null)
  const [isNear, setNear] = useState(() => window.location.hash === '#debug')
  useEffect(() => {
    if (isNear || place.current === null) return undefined
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) setNear(true)
      },
      { rootMargin: AHEAD },
    )
    observer.observe(place.current)
    return () => observer.disconnect()
  }, [isNear])
  return (
    <Section id="debug" title={product.debug.title} lead={product.debug.lead} isShaded>
      <div ref={place}>
        {isNear ? (
          <Later>
            <Debugger />
          </Later>
        ) : (
          <p className="waiting">{shell.loading}</p>
        )}
      </div>
    </Section>
  )
}
