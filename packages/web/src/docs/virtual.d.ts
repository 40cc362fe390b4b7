/** What `build/docs/plugin.ts` makes of `docs/site` and `docs/samples`. */
declare module 'virtual:heyan-docs/contents' {
  import type { DocGroup, DocPage, Sample } from './shapes.js'

  type Language = 'zh' | 'en'
  export const contents: Readonly<Record<Language, readonly DocGroup[]>>
  export const pages: Readonly<Record<Language, Readonly<Record<string, () => Promise<{ readonly default: DocPage }>>>>>
  export const samples: () => Promise<{ readonly default: readonly Sample[] }>
  /** A saved index of MiniSearch. */
  export const searchIndex: Readonly<Record<Language, () => Promise<{ readonly default: string }>>>
}
