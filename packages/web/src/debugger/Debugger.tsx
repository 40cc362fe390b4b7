import './debugger.css'
import { lazy, useRef, useState } from 'react'
import { Later } from '../site/Later.js'
import { useSite } from '../site/use-site.js'
import { AnswerCard, type Outcome } from './AnswerCard.js'
import { CallForm } from './CallForm.js'
import { type Draft, EMPTY_DRAFT, questionOf } from './draft.js'
import { readKept } from './kept-app-code.js'
import { requestOf } from './request.js'
import { StaticTables } from './StaticTables.js'
import { send } from './send.js'
import { canSign, newNonce, sign } from './signing.js'

const DeveloperTools = lazy(() => import('./DeveloperTools.js'))

/** One real call, and everything about it. */
export default function Debugger() {
  const site = useSite()
  const [draft, setDraft] = useState<Draft>(() => ({ ...EMPTY_DRAFT, appCode: readKept(Date.now())?.appCode ?? '' }))
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  const [isSending, setSending] = useState(false)
  const latest = useRef(0)

  const submit = async () => {
    const call = ++latest.current
    setSending(true)
    const next = await ask(draft)
    // The answer of a call that was reset or overtaken is nobody's any more.
    if (call !== latest.current) return
    setOutcome(next)
    setSending(false)
  }
  const reset = () => {
    latest.current++
    setDraft({ ...draft, name: '', number: '' })
    setOutcome(null)
    setSending(false)
  }

  const info = site === null || site === 'unavailable' ? null : site
  return (
    <div className="debugger">
      <CallForm
        draft={draft}
        site={info}
        isSending={isSending}
        onChange={setDraft}
        onReset={reset}
        onSubmit={() => void submit()}
      />
      <AnswerCard outcome={outcome} isSending={isSending} />
      {draft.isDeveloper ? (
        <div className="debugger-wide">
          <Later>
            <DeveloperTools draft={draft} address={info?.address ?? window.location.origin} outcome={outcome} />
          </Later>
        </div>
      ) : null}
      <StaticTables />
    </div>
  )
}

async function ask(draft: Draft): Promise<Outcome> {
  const question = questionOf(draft)
  const unsigned = requestOf(question, { timestamp: Date.now(), nonce: newNonce() })
  if (question.credential.kind === 'appCode') return { request: unsigned, sent: await send(unsigned) }
  if (!canSign()) return { request: unsigned, sent: { kind: 'unsignable' } }
  const { appSecret, algorithm } = question.credential
  const request = await sign(unsigned, appSecret, algorithm)
  return { request, sent: await send(request) }
}
