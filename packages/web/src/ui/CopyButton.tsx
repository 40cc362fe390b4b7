import { useEffect, useState } from 'react'
import { useWords } from '../words/language.js'
import { Button } from './Button.js'

const SHOWN_MS = 2_000

/** Puts a text on the clipboard, and says whether that worked. `what` names it for screen readers. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const { copy } = useWords()
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  useEffect(() => {
    if (state === 'idle') return undefined
    const timer = setTimeout(() => setState('idle'), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [state])
  const label = state === 'idle' ? copy.copy : state === 'copied' ? copy.copied : copy.failed
  return (
    <Button isSmall onClick={() => void put(text).then((isDone) => setState(isDone ? 'copied' : 'failed'))}>
      <span aria-live="polite">{label}</span>
      <span className="visually-hidden">{what}</span>
    </Button>
  )
}

async function put(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return putBySelection(text)
  }
}

/** Browsers have a clipboard for pages on https and on this machine only; elsewhere what is selected can be copied, as of old. */
function putBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'visually-hidden'
  document.body.append(area)
  const before = document.activeElement
  area.select()
  try {
    return document.execCommand('copy')
  } finally {
    area.remove()
    if (before instanceof HTMLElement) before.focus()
  }
}
