import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { signCommand } from './sign.js'

const ARGUMENTS = ['--appid', 'app_1', '--name', '李三', '--number', '11010519491231002X', '--sendtime', '1768449600']

async function run(...more: string[]): Promise<string> {
  const lines: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  try {
    await signCommand().parseAsync([...ARGUMENTS, '--secret', 'secret', ...more], { from: 'user' })
  } finally {
    write.mockRestore()
  }
  return lines.join('')
}

test('prints the string, the sign and the request, in this order', async () => {
  const printed = await run()
  const text = 'appid=app_1&sendtime=1768449600&sfz=11010519491231002X&xm=李三'
  const sign = createHmac('sha256', 'secret').update(text).digest('hex')
  const places = [text, `sign=${sign}\n`, `GET /open/idcard?`].map((part) => printed.indexOf(part))
  expect(places.every((place, index) => place > (places[index - 1] ?? -1))).toBe(true)
})

test('signs every parameter that is named, a nonce among them', async () => {
  const { stringToSign, request } = JSON.parse(await run('--json', '--nonce', 'n', '--parameter', 'b=1=2')) as Record<
    string,
    string
  >
  expect(stringToSign).toBe('appid=app_1&b=1=2&nonce=n&sendtime=1768449600&sfz=11010519491231002X&xm=李三')
  expect(request).toContain('b=1%3D2')
})

test('never prints the secret, by no algorithm', async () => {
  for (const algorithm of ['hmac-sha256', 'hmac-sm3', 'md5']) {
    expect(await run('--algorithm', algorithm, '--secret', 'a-secret-of-mine')).not.toContain('a-secret-of-mine')
  }
})

test('agrees with OpenSSL', async () => {
  const { stringToSign, sign } = JSON.parse(await run('--json', '--algorithm', 'hmac-sm3')) as Record<string, string>
  const directory = mkdtempSync(join(tmpdir(), 'heyan-sign-'))
  try {
    writeFileSync(join(directory, 'text'), stringToSign ?? '')
    const digest = execFileSync('openssl', ['dgst', '-sm3', '-hmac', 'secret', join(directory, 'text')]).toString()
    expect(digest.trim().split(' ').at(-1)).toBe(sign)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
