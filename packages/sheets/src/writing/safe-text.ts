/** Characters that begin a formula in some spreadsheet program: OWASP ASVS 5.0, 1.2.10, and their full-width sisters. */
const FORMULA = /^[\s\uFEFF\u200B\u0000]*[=+\-@＝＋－＠|%\t\r\n\u0000]/
/** Not allowed in XML 1.0, and of no use in a cell. */
const UNPRINTABLE =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

/** A text that no spreadsheet program takes for a formula when it opens a CSV file: it is given a leading `'`. */
export function safeCsvText(text: string): string {
  return FORMULA.test(text) ? `'${text.replaceAll('\u0000', '')}` : text
}

/** A text that XML may hold. */
export function printableText(text: string): string {
  return text.replace(UNPRINTABLE, '')
}
