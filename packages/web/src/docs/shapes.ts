import type { SampleQuote } from '@heyan/contract/browser'

/** What documents are written in. */
export type Language = 'zh' | 'en'

/** A coloured piece of code: the class of its colour, and its text. */
export type CodePiece = readonly [colour: string, text: string]
export type CodeLine = readonly CodePiece[]

/** A page of the documents, taken apart when the pages are built. */
export type DocPart =
  | { readonly kind: 'markup'; readonly markup: string }
  | { readonly kind: 'code'; readonly language: string; readonly lines: readonly CodeLine[] }
  /** The files of `docs/samples` that prove who calls in this way. */
  | { readonly kind: 'samples'; readonly credential: Sample['credential'] }

export interface DocPage {
  /** The first is the sentence that says what the page is about. */
  readonly parts: readonly DocPart[]
  readonly headings: readonly { readonly anchor: string; readonly text: string }[]
}

export interface DocEntry {
  readonly slug: string
  readonly title: string
  /** What the page is about, in a sentence. */
  readonly lead: string
}

export interface DocGroup {
  readonly title: string
  readonly pages: readonly DocEntry[]
}

/** A file of `docs/samples`. */
export interface Sample {
  readonly language: string
  readonly label: string
  readonly credential: 'appCode' | 'signature'
  readonly file: string
  readonly quote: SampleQuote
  readonly lines: readonly CodeLine[]
}

/** What is found by a search: a section of a page. */
export interface SearchRecord {
  /** `slug#anchor`, or the slug alone. */
  readonly id: string
  readonly page: string
  readonly heading: string
  readonly text: string
}
