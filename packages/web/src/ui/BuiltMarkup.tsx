import { useLayoutEffect, useRef } from 'react'

/** As far as it is used here; browsers without it take strings. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML(markup: string): string }): { createHTML(markup: string): string }
}

const trustedTypes = (globalThis as { readonly trustedTypes?: TrustedTypes }).trustedTypes
const policy = trustedTypes?.createPolicy('heyan', { createHTML: (markup) => markup })

/** Markup that was rendered when the pages were built. Never give it anything that came over the wire or from a person. */
export function BuiltMarkup({ markup, className }: { readonly markup: string; readonly className?: string }) {
  const place = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (place.current !== null) place.current.innerHTML = policy?.createHTML(markup) ?? markup
  }, [markup])
  return <div ref={place} className={className} />
}
