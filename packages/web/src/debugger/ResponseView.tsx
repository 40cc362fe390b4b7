import { MARKET_HEADERS } from '@heyan/contract/browser'
import { CopyButton } from '../ui/CopyButton.js'
import { useWords } from '../words/language.js'
import type { Answer } from './send.js'
import { words } from './words.js'

export function ResponseView({ answer }: { readonly answer: Answer }) {
  const text = useWords(words).developer
  const requestId = answer.headers.get(MARKET_HEADERS.requestId.toLowerCase()) ?? ''
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`)
  const ms = (value: number) => text.ms(value.toFixed(1))
  return (
    <section>
      <h4>{text.response}</h4>
      <pre>{[`HTTP/1.1 ${answer.status}`, ...headers].join('\n')}</pre>
      <p className="small">
        {text.headersMs} <strong>{ms(answer.headersMs)}</strong> · {text.totalMs} <strong>{ms(answer.totalMs)}</strong>
      </p>
      {requestId === '' ? null : (
        <p className="small">
          {text.requestId} <code>{requestId}</code> <CopyButton text={requestId} what={text.requestId} />
        </p>
      )}
    </section>
  )
}
