import { randomUUID } from 'node:crypto'
import { ConfigurationError } from '../configuration.js'
import { type RecipeStep, runRecipe } from './recipe.js'

const VARIABLE = /\{([a-zA-Z][\w.]*)\}/g

/** A value made for each question: a text, and what is done to it. */
export interface ValueRecipe {
  readonly from: string
  readonly steps: readonly RecipeStep[]
}

/** What templates may speak of. */
export interface TemplateContext {
  readonly name: string
  readonly number: string
  readonly callId: string
  readonly nowMs: number
  readonly secrets: ReadonlyMap<string, string>
  readonly values: ReadonlyMap<string, ValueRecipe>
  /** Query and form, as templates: `{parameters}` are those that do not themselves need what is being made. */
  readonly parameters: ReadonlyMap<string, string>
  /** The body as it will be sent, for `{body}`. */
  readonly body: (render: (template: string) => string) => string
}

/**
 * Fills in templates such as `{name}` or `{value.sign}` for one question. What a template needs is made when it is first
 * needed and kept, so a nonce is the same in the signature and in the header. Throws `ConfigurationError` for a name that
 * does not exist and for values that need each other.
 */
export class Renderer {
  readonly #context: TemplateContext
  readonly #made = new Map<string, string>()
  readonly #beingMade: string[] = []

  constructor(context: TemplateContext) {
    this.#context = context
  }

  readonly render = (template: string): string =>
    template.replace(VARIABLE, (_, variable: string) => this.#resolve(variable))

  #resolve(variable: string): string {
    const made = this.#made.get(variable)
    if (made !== undefined) return made
    if (this.#beingMade.includes(variable)) {
      throw new ConfigurationError(`{${variable}}`, `no circle: ${[...this.#beingMade, variable].join(' → ')}`)
    }
    this.#beingMade.push(variable)
    const text = this.#make(variable)
    this.#beingMade.pop()
    // What leaves out parameters depends on who asks for it.
    if (variable !== 'parameters') this.#made.set(variable, text)
    return text
  }

  #make(variable: string): string {
    const { name, number, callId, nowMs, secrets, values } = this.#context
    switch (variable) {
      case 'name':
        return name
      case 'number':
        return number
      case 'callId':
        return callId
      case 'now.ms':
        return String(nowMs)
      case 'now.s':
        return String(Math.floor(nowMs / 1_000))
      case 'now.beijing':
        return beijingTime(nowMs)
      case 'uuid':
        return randomUUID()
      case 'nonce':
        return randomUUID().replaceAll('-', '')
      case 'parameters':
        return this.#sortedParameters()
      case 'body':
        return this.#context.body(this.render)
    }
    const [kind, key = ''] = split(variable)
    const secret = kind === 'secret' ? secrets.get(key) : undefined
    if (secret !== undefined) return secret
    const recipe = kind === 'value' ? values.get(key) : undefined
    if (recipe === undefined) throw new ConfigurationError(`{${variable}}`, 'a variable that exists')
    return runRecipe(this.render(recipe.from), recipe.steps, this.render)
  }

  /** `k=v` joined by `&`, sorted by code unit, without empty ones: as most vendors sign. */
  #sortedParameters(): string {
    const needs = (template: string): boolean =>
      [...template.matchAll(VARIABLE)].some(([, variable = '']) => this.#beingMade.includes(variable))
    const pairs = [...this.#context.parameters].filter(([, template]) => !needs(template))
    return pairs
      .map(([key, template]) => [key, this.render(template)] as const)
      .filter(([, value]) => value !== '')
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, value]) => `${key}=${value}`)
      .join('&')
  }
}

function split(variable: string): readonly [string, string?] {
  const at = variable.indexOf('.')
  return at === -1 ? [variable] : [variable.slice(0, at), variable.slice(at + 1)]
}

const BEIJING_OFFSET_MS = 8 * 60 * 60 * 1_000

/** `yyyyMMddHHmmss` in UTC+8. */
function beijingTime(nowMs: number): string {
  return new Date(nowMs + BEIJING_OFFSET_MS).toISOString().replace(/\D/g, '').slice(0, 14)
}
