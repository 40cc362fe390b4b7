import type { SampleQuote, SampleValues } from '@heyan/contract/browser'
import index from '../../../../docs/samples/index.json'

/** One file of `docs/samples`. */
export interface SampleFile {
  readonly language: string
  readonly label: string
  readonly credential: 'appCode' | 'signature'
  readonly file: string
  readonly quote: SampleQuote
}

const samples = index.samples as readonly SampleFile[]
const files = import.meta.glob<string>('../../../../docs/samples/*.{sh,php,java,cs,py,m,mjs,go}', {
  query: '?raw',
  import: 'default',
})

export const placeholders: Readonly<Record<keyof SampleValues, string>> = index.placeholders
/** In the order of the list, each once. */
export const languages = samples.filter(({ credential }) => credential === 'appCode')

export function sampleOf(language: string, credential: SampleFile['credential']): SampleFile | undefined {
  return samples.find((sample) => sample.language === language && sample.credential === credential)
}

export async function loadSample(file: string): Promise<string> {
  const load = files[`../../../../docs/samples/${file}`]
  return load === undefined ? '' : load()
}
