import { searchIndex } from 'virtual:heyan-docs/contents'
import './search.css'
import MiniSearch from 'minisearch'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { useLanguage, useWords } from '../words/language.js'
import { SEARCH_OPTIONS } from './search-options.js'
import { useLoaded } from './use-loaded.js'
import { en } from './words.en.js'
import { zh } from './words.zh.js'

const SHOWN_MAX = 8

interface Found {
  readonly id: string
  readonly page: string
  readonly heading: string
}

/** A field that lists what it finds, by keyboard too: `/` goes to it, arrows choose, Enter opens, Escape leaves. */
export function Search() {
  const words = useWords({ zh, en }).search
  const { language } = useLanguage()
  const navigate = useNavigate()
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  const [question, setQuestion] = useState('')
  const [isOpen, setIsOpen] = useState(false)
  const [isWanted, setIsWanted] = useState(false)
  const [place, setPlace] = useState(0)
  const saved = useLoaded(isWanted ? searchIndex[language] : null)
  const index = useMemo(
    () => (saved === null || saved === 'failed' ? null : MiniSearch.loadJSON(saved, SEARCH_OPTIONS)),
    [saved],
  )
  const found = useMemo(
    () => (index === null ? [] : index.search(question).slice(0, SHOWN_MAX)) as unknown as readonly Found[],
    [index, question],
  )
  useSlash(field)

  const isAsked = isOpen && question.trim() !== '' && (index !== null || saved === 'failed')
  function open({ id: target }: Found) {
    setIsOpen(false)
    setQuestion('')
    navigate(`/docs/${target}`)
  }
  function press(event: KeyboardEvent) {
    const chosen = found[place]
    if (event.key === 'Escape') setIsOpen(false)
    else if (event.key === 'Enter' && isAsked && chosen !== undefined) open(chosen)
    else if (event.key === 'ArrowDown') setPlace(Math.min(place + 1, found.length - 1))
    else if (event.key === 'ArrowUp') setPlace(Math.max(place - 1, 0))
    else return
    event.preventDefault()
  }

  return (
    <search
      className="search"
      onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || setIsOpen(false)}
    >
      <input
        ref={field}
        type="text"
        role="combobox"
        inputMode="search"
        autoComplete="off"
        spellCheck={false}
        aria-label={words.label}
        aria-expanded={isAsked && found.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={isAsked && found[place] !== undefined ? `${id}-${place}` : undefined}
        aria-autocomplete="list"
        placeholder={words.hint}
        value={question}
        onFocus={() => setIsWanted(true)}
        onChange={(event) => {
          setQuestion(event.target.value)
          setPlace(0)
          setIsOpen(true)
        }}
        onKeyDown={press}
      />
      <p className="visually-hidden" role="status">
        {isAsked ? (found.length === 0 ? words.none : words.found(String(found.length))) : ''}
      </p>
      <div
        className="search-found"
        id={`${id}-list`}
        role="listbox"
        aria-label={words.results}
        hidden={!isAsked || found.length === 0}
      >
        {found.map((each, row) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the field's, which keeps the focus
          <div
            key={each.id}
            id={`${id}-${row}`}
            role="option"
            tabIndex={-1}
            aria-selected={row === place}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => open(each)}
          >
            <span className="search-page">{each.page}</span>
            {each.heading === '' ? null : <span className="search-heading">{each.heading}</span>}
          </div>
        ))}
      </div>
      {isAsked && found.length === 0 ? (
        <p className="search-found search-none">{saved === 'failed' ? words.failed : words.none}</p>
      ) : null}
    </search>
  )
}

/** `/` goes to the field, unless something is being written. */
function useSlash(field: { readonly current: HTMLInputElement | null }) {
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      const isWriting = event.target instanceof Element && event.target.matches('input, textarea, select')
      if (event.key !== '/' || isWriting || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      field.current?.focus()
    }
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [field])
}
