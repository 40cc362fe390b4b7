import { type SignedParts, stringToSign } from '@heyan/contract/browser'
import { CopyButton } from '../ui/CopyButton.js'
import { useWords } from '../words/language.js'
import { words } from './words.js'

/** What was signed, by the contract's own function. */
export function SigningView({ parts }: { readonly parts: SignedParts }) {
  const text = useWords(words).developer
  const signed = stringToSign(parts)
  return (
    <section>
      <h4>
        {text.stringToSign} <CopyButton text={signed} what={text.stringToSign} />
      </h4>
      <pre>{signed.replaceAll('\n', '↵\n')}</pre>
      <p className="small soft">{text.stringToSignNote}</p>
    </section>
  )
}
