import { Section } from '../ui/Page.js'
import { useWords } from '../words/language.js'

export function Terms() {
  const { notice } = useWords().product
  return (
    <Section id="terms" title={notice.title} isShaded>
      <ul>
        {notice.items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </Section>
  )
}
