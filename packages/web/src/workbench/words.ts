import { en } from './words.en.js'
import { zh } from './words.zh.js'

/** Texts of the workbench: loaded with it. */
export const words = { zh, en }
