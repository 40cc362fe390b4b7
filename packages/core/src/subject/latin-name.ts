/** Letters of the Latin blocks that names are written in: ASCII, Latin-1, Extended-A and -B, Extended Additional. */
const LETTERS = '[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]+'

/**
 * Words of letters, joined by a space, a full stop or comma with or without a space, an apostrophe or a hyphen. Every
 * join begins with what no word holds, so that matching is linear.
 */
const FORM = new RegExp(`^${LETTERS}(?:(?:\\.?,? |\\.|,|-|')${LETTERS})*\\.?$`)

/** Space separators, any number together: one space in the key. */
const SPACES = /[\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+/g

/**
 * The key of a name in Latin letters, as on a foreign permanent resident's card: upper case, single spaces. Null where
 * it is not one. Unlike Hanzi, words are kept apart: AN NA LI and ANNA LI are two names.
 */
export function latinKey(text: string): string | null {
  const spaced = text.replace(SPACES, ' ')
  return FORM.test(spaced) ? spaced.toUpperCase() : null
}
