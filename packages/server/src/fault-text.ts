const FRAMES_MAX = 20
/** What a name, a number, a code or a secret of somebody's could be, in a message that was written without thinking of it. */
const TELLING: readonly RegExp[] = [
  // Quoted text, to the last of the marks: a parser shows what it could not read.
  /".*"|".*|`.*`|`.*/gs,
  // Codes, secrets and tokens of ours.
  /\bhy(?:ac|as|op)_?[\w-]+/g,
  /(?:%[0-9a-f]{2})+/gi,
  // Letters of any script but ASCII, with the marks between the parts of a name.
  /[^\x20-\x7e\n]+/g,
  /\d{6,}[\dX]?/gi,
]

/** A fault as it may be written down: what it is and where it happened, and nothing that it may have met on its way. */
export interface FaultText {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack: string
}

/** Only these of an error's fields are looked at: others (a request, a body, a cause) are not ours to know. */
export function faultText(fault: unknown): FaultText {
  const error = fault instanceof Error ? fault : new Error(String(fault))
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line))
  return {
    type: error.name,
    message: withoutPeople(error.message),
    ...('code' in error ? { code: withoutPeople(String(error.code)) } : {}),
    stack: frames.slice(0, FRAMES_MAX).join('\n'),
  }
}

function withoutPeople(text: string): string {
  return TELLING.reduce((left, pattern) => left.replace(pattern, '***'), text)
}
