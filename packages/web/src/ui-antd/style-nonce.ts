/** Of the document, where the server gave it one: only those at the addresses of styled pages have it. */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.nonce ?? ''

// Some parts of Ant Design make style elements without the nonce that they were given (the lock of what is behind a dialog, the
// measure of scroll bars): every style element that a script makes here has it. Markup cannot make one that does.
if (styleNonce !== '') {
  const create = document.createElement.bind(document)
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options)
    if (element instanceof HTMLStyleElement) element.nonce = styleNonce
    return element
  }) as typeof document.createElement
}
