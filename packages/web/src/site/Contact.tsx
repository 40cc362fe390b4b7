/** A telephone number, an address of mail or of the web is a link; anything else is text. */
export function Contact({ text }: { readonly text: string }) {
  const href = hrefOf(text.trim())
  if (href === null) return text
  const isOutside = href.startsWith('http')
  return (
    <a href={href} {...(isOutside ? { target: '_blank', rel: 'noopener noreferrer' } : {})}>
      {text}
    </a>
  )
}

export function hrefOf(text: string): string | null {
  if (/^https?:\/\/\S+$/i.test(text)) return text
  if (/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(text)) return `mailto:${text}`
  if (/^\+?[\d\s()-]{5,20}$/.test(text)) return `tel:${text.replace(/[\s()]/g, '')}`
  return null
}
