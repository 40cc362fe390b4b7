import { HTTP_PROBLEMS } from '@heyan/contract'
import { Type } from 'typebox'

/** What every door that speaks JSON answers when something is wrong. */
export const Problem = Type.Object(
  {
    type: Type.String({ format: 'uri-reference', description: 'The entry of the code in the catalogue.' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    code: Type.Enum(Object.keys(HTTP_PROBLEMS), { description: 'Stable: decide by it.' }),
    detail: Type.Optional(Type.String({ description: 'For people.' })),
    pointer: Type.Optional(Type.String({ description: 'The place in the body (RFC 6901).' })),
    callId: Type.Optional(Type.String({ description: 'The call that a repeated request refers to.' })),
    stringToSign: Type.Optional(Type.String({ description: 'What the server signed, LF as #.' })),
  },
  { $id: 'Problem', additionalProperties: false, description: 'RFC 9457.' },
)

const PROBLEM = { 'application/problem+json': { schema: Type.Ref('Problem') } }

/** These statuses have a problem for a body. */
export function problems(...statuses: number[]) {
  return Object.fromEntries(statuses.map((status) => [status, { description: 'A problem.', content: PROBLEM }]))
}
