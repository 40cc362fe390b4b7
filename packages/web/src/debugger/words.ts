import { en } from './words.en.js'
import { zh } from './words.zh.js'

/** Texts of the debugger: loaded with it. */
export const words = { zh, en }
