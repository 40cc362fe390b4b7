import {
  APPID_MAX_LENGTH,
  MARKET_PATH,
  NAME_PARAMETER,
  NUMBER_PARAMETER,
  PLATFORM_NONCE_MAX_LENGTH,
  PLATFORM_PATH,
  PLATFORM_TEXTS,
  PROBLEM_STATUS,
  PROBLEM_TEXTS,
  SIGN_MAX_LENGTH,
  VERDICT_TEXTS,
} from '@heyan/contract'
import { NAME_MAX_LENGTH, NUMBER_MAX_LENGTH } from '@heyan/core'

/**
 * The two doors that speak the old protocols. Their parameters are judged in an order of their own and in their own words,
 * which no schema can say; so their paths are written here, and a test holds every answer of theirs against them.
 */
const ODD_STATUS = { 'x-http-status': PROBLEM_STATUS } as const

export const doorSchemas = {
  IdcardVerdict: {
    type: 'object',
    description: 'A verdict. Masked or in full, as the application has it.',
    additionalProperties: false,
    required: ['ok', 'msg', 'xm', 'sfz', 'match', 'birthday', 'sex', 'address'],
    properties: {
      ok: { const: 1, description: '成功标识: 1成功, 0失败' },
      msg: { type: 'string', enum: Object.values(VERDICT_TEXTS), description: '报文成败描述' },
      xm: { type: 'string', description: '真实姓名', examples: ['李**'] },
      sfz: { type: 'string', description: '身份证号码', examples: ['1101*****2X'] },
      match: { type: 'boolean', description: '校验状态: true一致; false不一致' },
      birthday: { type: 'string', description: '解析的生日信息', examples: ['19****31'] },
      sex: { type: 'string', enum: ['男', '女'] },
      address: { type: 'string', description: '身份证所属行政区域', examples: ['北京市**区'] },
    },
  },
  IdcardProblem: {
    type: 'object',
    description: 'A problem with the input, the caller or the service. Never charged.',
    additionalProperties: false,
    required: ['ok', 'msg'],
    properties: {
      ok: { const: 0 },
      msg: {
        type: 'string',
        examples: [...new Set([...Object.values(PROBLEM_TEXTS), ...Object.values(PLATFORM_TEXTS)])],
      },
    },
  },
} as const

const ref = (name: keyof typeof doorSchemas) => ({ $ref: `#/components/schemas/${name}` })
const text = (description: string, maxLength: number) => ({ type: 'string', description, maxLength })
const requestId = {
  'X-Ca-Request-Id': { description: 'The call’s id.', schema: { type: 'string', format: 'uuid' } },
}
const errorHeaders = {
  ...requestId,
  'X-Ca-Error-Message': { description: 'What is wrong.', required: true, schema: { type: 'string' } },
  'X-Ca-Error-Code': { description: 'Sent by the profile `vpc` only.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds, where waiting helps.', schema: { type: 'integer' } },
}

const gatewayError = (description: string) => ({ description: `${description} An empty body.`, headers: errorHeaders })

const sandbox = {
  'X-Heyan-Sandbox': {
    description: '1: to a sandbox application; nobody was asked.',
    schema: { type: 'string', enum: ['1'] },
  },
}
const verdict = {
  description: 'A verdict.',
  headers: {
    ...requestId,
    ...sandbox,
    'X-Ca-Market-Billing-Result': {
      description: '1: it was charged; 0: it was not.',
      required: true,
      schema: { type: 'string', enum: ['0', '1'] },
    },
  },
  content: { 'application/json': { schema: ref('IdcardVerdict') } },
}
const problem = {
  ...ODD_STATUS,
  description: 'A problem: status 666, never charged, never with an X-Ca-Error header.',
  headers: { ...requestId, ...sandbox },
  content: { 'application/json': { schema: ref('IdcardProblem') } },
}
const common = {
  200: verdict,
  403: gatewayError('Nobody who may call, no calls left, or too fast.'),
  409: gatewayError('The Idempotency-Key: under way, or repeated too often.'),
  413: gatewayError('Too large.'),
  414: gatewayError('The address or the headers are too large.'),
  422: gatewayError('The Idempotency-Key was used for another request.'),
  429: gatewayError('By the profile `vpc`: too fast.'),
  503: gatewayError('Overloaded.'),
  default: problem,
}
const marketResponses = {
  ...common,
  400: gatewayError('The request, its credential or its signature is wrong.'),
  401: gatewayError('The signature is missing; by the profile `vpc` also an unknown AppCode.'),
}
const platformResponses = { ...common, 400: gatewayError('The request cannot be read.') }

interface Parameter {
  readonly name: string
  readonly required: boolean
  readonly schema: object
}

const subject: readonly Parameter[] = [
  { name: NAME_PARAMETER, required: true, schema: text('真实姓名', NAME_MAX_LENGTH) },
  { name: NUMBER_PARAMETER, required: true, schema: text('身份证号码', NUMBER_MAX_LENGTH) },
]
const signed: readonly Parameter[] = [
  { name: 'appid', required: true, schema: text('开发者账号', APPID_MAX_LENGTH) },
  {
    name: 'sendtime',
    required: true,
    schema: { type: 'string', description: '时间戳，秒或毫秒', pattern: '^(\\d{10}|\\d{13})$' },
  },
  { name: 'sign', required: true, schema: text('签名结果', SIGN_MAX_LENGTH) },
  { name: 'nonce', required: false, schema: text('随机数，一次有效', PLATFORM_NONCE_MAX_LENGTH) },
]

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

interface Door {
  readonly tag: string
  readonly id: string
  readonly summary: string
  readonly security: readonly object[]
  readonly responses: object
}

function operations({ tag, id, summary, security, responses }: Door, parameters: readonly Parameter[]) {
  const query = parameters.map((parameter) => ({ ...parameter, in: 'query' }))
  const body = {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
  }
  const shared = { tags: [tag], summary, security, responses }
  return {
    get: { ...shared, operationId: `${id}ByQuery`, parameters: [...query, idempotencyKey] },
    post: {
      ...shared,
      operationId: `${id}ByBody`,
      parameters: [idempotencyKey],
      requestBody: {
        content: {
          'application/x-www-form-urlencoded': { schema: body },
          'application/json': { schema: body },
        },
      },
    },
  }
}

const reply = (description: string, schema: object) => ({
  description,
  content: { 'application/json': { schema: { type: 'object', additionalProperties: false, ...schema } } },
})
const says = (status: string) => ({ required: ['status'], properties: { status: { const: status } } })
const service = (operationId: string, summary: string, responses: object) => ({
  get: { tags: ['service'], operationId, summary, security: [], responses },
})

export const doorPaths = {
  [MARKET_PATH]: operations(
    {
      tag: 'market',
      id: 'idcard',
      summary: '身份证二要素核验',
      security: [{ appCode: [] }, { signature: [] }],
      responses: marketResponses,
    },
    subject,
  ),
  [PLATFORM_PATH]: operations(
    {
      tag: 'platform',
      id: 'openIdcard',
      summary: '身份证二要素核验（平台签名）',
      security: [{ sign: [] }],
      responses: platformResponses,
    },
    [...signed, ...subject],
  ),
  '/healthz': service('health', 'Whether the process lives', { 200: reply('It does.', says('ok')) }),
  '/readyz': service('readiness', 'Whether it can serve: the store, and a source', {
    200: reply('It can.', says('ready')),
    503: reply('It cannot.', {
      required: ['status', 'missing'],
      properties: {
        status: { const: 'not ready' },
        missing: { type: 'array', items: { type: 'string', enum: ['store', 'source', 'draining'] } },
      },
    }),
  }),
}
