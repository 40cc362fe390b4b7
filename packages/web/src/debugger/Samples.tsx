import type { SampleEnding, SampleSubject, SiteInfo } from '@heyan/contract/browser'
import type { ReactNode } from 'react'
import { useWords } from '../words/language.js'
import { words } from './words.js'

interface SamplesProps {
  readonly site: SiteInfo | null
  onChoose(name: string, number: string): void
}

/** The standard's own number, with something wrong. */
const WRONG = [
  ['nameMissing', '', '11010519491231002X'],
  ['nameInvalid', '李3', '11010519491231002X'],
  ['numberInvalid', '李三', '110105194912310021'],
  ['numberTooLong', '李三', '11010519491231002X0'],
] as const

/** People who are nobody, to click instead of writing. */
export function Samples({ site, onChoose }: SamplesProps) {
  const text = useWords(words).samples
  const group = (title: string, subjects: readonly SampleSubject[]) =>
    subjects.length === 0 ? null : (
      <Group title={title}>
        {onePerEnding(subjects).map(({ name, number, ending }) => (
          <Chip key={ending} label={text.endings[ending]} onClick={() => onChoose(name, number)} />
        ))}
      </Group>
    )
  return (
    <fieldset className="samples">
      <legend>{text.title}</legend>
      {site === null ? null : group(text.demo, site.samples.demo)}
      {site === null ? null : group(text.sandbox, site.samples.sandbox)}
      <Group title={text.failures}>
        {WRONG.map(([id, name, number]) => (
          <Chip key={id} label={text.wrong[id]} onClick={() => onChoose(name, number)} />
        ))}
      </Group>
    </fieldset>
  )
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="samples-group">
      <span className="samples-title">{title}</span>
      <div className="samples-chips">{children}</div>
    </div>
  )
}

function Chip({ label, onClick }: { readonly label: string; onClick(): void }) {
  return (
    <button type="button" className="chip" onClick={onClick}>
      {label}
    </button>
  )
}

function onePerEnding(subjects: readonly SampleSubject[]): readonly SampleSubject[] {
  const seen = new Set<SampleEnding>()
  return subjects.filter(({ ending }) => !seen.has(ending) && seen.add(ending))
}
