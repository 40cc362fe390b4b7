import { Type } from 'typebox'
import { problems } from '../problem-schema.js'

export const OPERATOR = 'operator'
const ALWAYS = [400, 401, 413, 415, 500]

interface Answer {
  readonly status?: number
  /** The name of a schema; absent: no body. */
  readonly of?: string
  /** A list of them, under this name. */
  readonly listedAs?: string
}

/** What the description of the API says of an operator's route. */
export function operation(
  operationId: string,
  summary: string,
  { status = 200, of, listedAs }: Answer,
  ...otherProblems: number[]
) {
  const one = of === undefined ? null : Type.Ref(of)
  const body = one === null ? Type.Null() : listedAs === undefined ? one : listOf(listedAs, one)
  return {
    operationId,
    summary,
    tags: ['admin'],
    security: [{ operator: [] }],
    response: {
      [status]: of === undefined ? { ...body, description: 'Done.' } : body,
      ...problems(...ALWAYS, ...otherProblems),
    },
  }
}

function listOf(name: string, item: ReturnType<typeof Type.Ref>) {
  return Type.Object({ [name]: Type.Array(item) }, { additionalProperties: false })
}
