import { samples as loadSamples } from 'virtual:heyan-docs/contents'
import './sample-tabs.css'
import { type KeyboardEvent, useId, useRef, useState } from 'react'
import { useWords } from '../words/language.js'
import { Code } from './Code.js'
import type { Sample } from './shapes.js'
import { useLoaded } from './use-loaded.js'
import { en } from './words.en.js'
import { zh } from './words.zh.js'

/** The files of `docs/samples` that prove who calls in one way, a tab for each language. */
export function SampleTabs({ credential }: { readonly credential: Sample['credential'] }) {
  const words = useWords({ zh, en })
  const { shell } = useWords()
  const loaded = useLoaded(loadSamples)
  if (loaded === 'failed') return <p>{words.failed}</p>
  if (loaded === null) return <p className="soft docs-waiting">{shell.loading}</p>
  return <Tabs samples={loaded.filter((sample) => sample.credential === credential)} label={words.languages} />
}

function Tabs({ samples, label }: { readonly samples: readonly Sample[]; readonly label: string }) {
  const id = useId()
  const [place, setPlace] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const chosen = samples[place]
  if (chosen === undefined) return null

  function move(event: KeyboardEvent) {
    const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: samples.length - 1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    const to = (next + samples.length) % samples.length
    setPlace(to)
    list.current?.querySelectorAll('button')[to]?.focus()
  }

  return (
    <div className="samples">
      <div className="samples-tabs" role="tablist" aria-label={label} ref={list} onKeyDown={move}>
        {samples.map(({ language, label: name }, each) => (
          <button
            key={language}
            type="button"
            role="tab"
            id={`${id}-${language}`}
            aria-selected={each === place}
            aria-controls={`${id}-panel`}
            tabIndex={each === place ? 0 : -1}
            onClick={() => setPlace(each)}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen.language}`}>
        <Code title={chosen.file} what={`${chosen.label}: ${chosen.file}`} lines={chosen.lines} />
      </div>
    </div>
  )
}
