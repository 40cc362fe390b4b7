// node wrong.mjs LIBRARY: which of the cases a library answers wrongly, or throws on; prints one JSON object.
import { readCases } from './cases.mjs'
import { LIBRARIES } from './peers.mjs'

const library = LIBRARIES[process.argv[2]]()
const accepts = library.accepts ?? library.validate
const wrong = readCases().filter(({ value, valid }) => answer(value) !== valid)
console.log(JSON.stringify({ wrong: wrong.map(({ rule }) => rule) }))

function answer(value) {
  try {
    return Boolean(accepts(value))
  } catch {
    return 'thrown'
  }
}
