import { createSecretKey } from 'node:crypto'
import { text as readAll } from 'node:stream/consumers'
import {
  APPID_PARAMETER,
  NAME_PARAMETER,
  NONCE_PARAMETER,
  NUMBER_PARAMETER,
  PLATFORM_ALGORITHMS,
  PLATFORM_PATH,
  type PlatformAlgorithm,
  platformSign,
  platformStringToSign,
  SENDTIME_PARAMETER,
  SIGN_PARAMETER,
} from '@heyan/contract'
import { Command, InvalidArgumentError } from 'commander'
import { oneOf } from '../arguments.js'
import { print } from '../print.js'

interface SignOptions {
  readonly appid: string
  readonly name: string
  readonly number: string
  readonly secret?: string
  readonly sendtime: string
  readonly nonce?: string
  readonly algorithm: PlatformAlgorithm
  readonly parameter: readonly (readonly [string, string])[]
  readonly json?: boolean
}

const HOW: Readonly<Record<PlatformAlgorithm, string>> = {
  'hmac-sha256': 'HMAC-SHA256(StringToSign, AppSecret)，取小写十六进制',
  'hmac-sm3': 'HMAC-SM3(StringToSign, AppSecret)，取小写十六进制',
  md5: 'MD5(appid + sendtime + AppSecret)，取小写十六进制',
}

export function signCommand(): Command {
  return new Command('sign')
    .description('how a request of the platform door is signed, step by step, without a server')
    .requiredOption('--appid <id>', 'the application')
    .requiredOption('--name <name>', 'xm')
    .requiredOption('--number <number>', 'sfz')
    .option('--secret <secret>', 'the AppSecret; "-" or none reads it from standard input, out of the shell’s history')
    .option('--sendtime <time>', 'seconds or milliseconds since 1970; now by default', String(Date.now()))
    .option('--nonce <nonce>', 'makes the request good for one time')
    .option('--algorithm <name>', PLATFORM_ALGORITHMS.join(', '), oneOf(...PLATFORM_ALGORITHMS), 'hmac-sha256')
    .option('--parameter <name=value>', 'another parameter of the request; may be given again', pair, [])
    .option('--json', 'one JSON value')
    .action(async (options: SignOptions) => {
      const given = options.secret ?? '-'
      const secret = given === '-' ? (await readAll(process.stdin)).trim() : given
      if (secret === '') throw new Error('sign needs the AppSecret, on standard input or as --secret')
      const steps = signSteps(options, secret)
      print(options.json === true, steps, wordsOf(steps, options.algorithm))
    })
}

function pair(text: string, before: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('NAME=VALUE is needed.')
  return [...before, [text.slice(0, equals), text.slice(equals + 1)]]
}

interface SignSteps {
  /** All that is signed, sorted by name. */
  readonly parameters: Readonly<Record<string, string>>
  /** What the hash is taken of; in the case of md5 with the AppSecret left out. */
  readonly stringToSign: string
  readonly sign: string
  /** The request, as it goes out. */
  readonly request: string
}

function signSteps(options: SignOptions, secret: string): SignSteps {
  const { appid, sendtime, name, number, nonce, algorithm, parameter } = options
  const parameters = new Map([
    ...parameter,
    [APPID_PARAMETER, appid],
    [SENDTIME_PARAMETER, sendtime],
    [NAME_PARAMETER, name],
    [NUMBER_PARAMETER, number],
    ...(nonce === undefined ? [] : ([[NONCE_PARAMETER, nonce]] as const)),
  ])
  const text = platformStringToSign(parameters)
  const sign = platformSign(algorithm, createSecretKey(Buffer.from(secret)), text, { appId: appid, sendtime })
  const query = new URLSearchParams([...parameters, [SIGN_PARAMETER, sign]])
  return {
    parameters: Object.fromEntries([...parameters].sort(([one], [other]) => (one < other ? -1 : 1))),
    stringToSign: algorithm === 'md5' ? `${appid}${sendtime}` : text,
    sign,
    request: `GET ${PLATFORM_PATH}?${query}`,
  }
}

function wordsOf({ parameters, stringToSign, sign, request }: SignSteps, algorithm: PlatformAlgorithm): string {
  const isMd5 = algorithm === 'md5'
  return [
    '1. 除 sign 外的全部参数（解码后的值），按参数名的字节顺序排列：',
    ...Object.entries(parameters).map(([name, value]) => `   ${name}=${value}`),
    isMd5 ? '2. appid 与 sendtime 直接相连：' : '2. 以 & 连接，得到 StringToSign：',
    `   ${stringToSign}`,
    isMd5 ? '3. 其后接上 AppSecret（此处不显示）：' : '3. 以 AppSecret 为密钥：',
    `   ${HOW[algorithm]}`,
    `   sign=${sign}`,
    '4. 发出的请求（值经百分号编码）：',
    `   ${request}`,
  ].join('\n')
}
