/** What every document of the site is sent with. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const

const COMMON = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
]

function documentHeaders(policy: readonly string[]): Record<string, string> {
  return { ...HEADERS, 'content-security-policy': [...COMMON, ...policy].join('; ') }
}

/** Public pages: styles come from files, and markup is only made by the policy `heyan`, of what was built. */
export const PUBLIC_HEADERS = documentHeaders([
  "style-src 'self'",
  "img-src 'self' data:",
  "require-trusted-types-for 'script'",
  'trusted-types heyan',
])

/** Pages with Ant Design, which makes its styles as it goes: those that bear this document's nonce are taken. */
export function styledHeaders(nonce: string): Record<string, string> {
  return documentHeaders([`style-src 'self' 'nonce-${nonce}'`, "img-src 'self' data: blob:"])
}

/** The viewer of the API description, of its own making. Its pictures are in its style sheet. */
export const REFERENCE_HEADERS = documentHeaders(["style-src 'self'", "img-src 'self' data:"])

/** Plain texts: nothing in them runs, whatever a reader takes them for. */
export const TEXT_HEADERS = {
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const
