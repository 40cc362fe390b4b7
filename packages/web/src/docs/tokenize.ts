const RUN = /[\p{Script=Han}]+|[\p{L}\p{N}_]+/gu

/**
 * Words of letters and digits as they are; of a run of Hanzi each character and each pair, since nothing stands between words.
 * The index and the questions put to it are cut by this one.
 */
export function tokenize(text: string): string[] {
  return (text.toLowerCase().match(RUN) ?? []).flatMap((run) => (isHan(run) ? [...run, ...pairs(run)] : [run]))
}

/** Of a question only the pairs count, where there are any: single characters are everywhere. */
export function tokenizeQuestion(text: string): string[] {
  return (text.toLowerCase().match(RUN) ?? []).flatMap((run) => {
    if (!isHan(run)) return [run]
    return [...run].length === 1 ? [run] : pairs(run)
  })
}

function isHan(run: string): boolean {
  return /^\p{Script=Han}/u.test(run)
}

function pairs(run: string): string[] {
  const characters = [...run]
  return characters.slice(1).map((character, place) => `${characters[place]}${character}`)
}
