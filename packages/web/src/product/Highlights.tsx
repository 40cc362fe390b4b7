import './highlights.css'
import { Section } from '../ui/Page.js'
import { useWords } from '../words/language.js'

export function Highlights() {
  const { highlights } = useWords().product
  return (
    <Section id="highlights" title={highlights.title}>
      <ul className="highlights">
        {Object.entries(highlights.items).map(([id, [title, text]]) => (
          <li key={id}>
            <h3>{title}</h3>
            <p className="soft">{text}</p>
          </li>
        ))}
      </ul>
    </Section>
  )
}
