const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

/**
 * The members of a JSON object as they are written, repeated ones too: `JSON.parse` keeps only the last of a name, and says
 * nothing of the others. Expects the text of an object that `JSON.parse` has accepted; name and value are JSON themselves.
 */
export function writtenMembers(json: string): (readonly [name: string, value: string])[] {
  const members: (readonly [string, string])[] = []
  let depth = 0
  let start = 0
  let name = ''
  for (let place = 0; place < json.length; place++) {
    const code = json.charCodeAt(place)
    if (code === QUOTE) place = endOfString(json, place)
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth++
      if (depth === 1) start = place + 1
    } else if (code === COLON && depth === 1) {
      name = json.slice(start, place)
      start = place + 1
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--
      if (depth === 0 && name !== '') members.push([name, json.slice(start, place)])
    } else if (code === COMMA && depth === 1) {
      members.push([name, json.slice(start, place)])
      start = place + 1
    }
  }
  return members
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(json: string, start: number): number {
  let place = start + 1
  while (place < json.length && json.charCodeAt(place) !== QUOTE) {
    place += json.charCodeAt(place) === BACKSLASH ? 2 : 1
  }
  return place
}
