import { Notice } from '../ui/Notice.js'
import { useWords } from '../words/language.js'
import type { Problem } from './api.js'
import { words } from './words.js'

/** What went wrong, in words for people; the server's own line where there are none. */
export function ProblemNotice({ problem }: { readonly problem: Problem | null }) {
  const text = useWords(words)
  if (problem === null) return null
  return (
    <Notice tone="bad" isLive>
      {text.problems[problem.code] ?? (problem.status === 401 ? text.problems.unauthorized : problem.title)}
    </Notice>
  )
}
