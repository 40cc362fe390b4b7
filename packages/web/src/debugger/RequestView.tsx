import { useWords } from '../words/language.js'
import type { Request } from './request.js'
import { words } from './words.js'

interface RequestViewProps {
  readonly request: Request
  readonly address: string
  /** Whether secrets are shown. */
  readonly isShown: boolean
}

export function RequestView({ request, address, isShown }: RequestViewProps) {
  const text = useWords(words).developer
  const { method, target, headers, body } = request
  const lines = headers.map(([name, value]) => `${name}: ${isShown ? value : hidden(name, value)}`)
  return (
    <section>
      <h4>{text.request}</h4>
      <pre>
        {[`${method} ${target}`, `Host: ${new URL(address).host}`, ...lines, ...(body === null ? [] : ['', body])].join(
          '\n',
        )}
      </pre>
      <p className="small soft">{text.requestNote}</p>
    </section>
  )
}

const CODE_START = 4

/** An AppCode by its first characters; what else proves the caller was made for this request alone. */
function hidden(name: string, value: string): string {
  if (name !== 'Authorization') return value
  const [word = '', code = ''] = value.split(' ')
  return `${word} ${code.length > CODE_START * 2 ? `${code.slice(0, CODE_START)}••••••••` : '••••••••'}`
}
