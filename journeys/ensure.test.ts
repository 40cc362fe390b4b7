import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Ended, newFolder } from './processes.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** What `npm start` runs first, in a clone where nothing is installed, on a machine that lacks what `lacks` takes away. */
function ensure(folder: string, lacks: string, path: string): Promise<Ended> {
  mkdirSync(join(folder, 'scripts', 'ensure'), { recursive: true })
  for (const file of ['scripts/ensure.mjs', 'scripts/ensure/install-and-build.mjs', 'package-lock.json'])
    copyFileSync(join(ROOT, file), join(folder, file))
  const preload = join(folder, 'preload.mjs')
  writeFileSync(preload, lacks)
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', preload, join(folder, 'scripts', 'ensure.mjs')],
      { env: { PATH: path } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

test('a machine without a compiler, where no prebuilt SQLite can be had, is told what to install, before anything is', async () => {
  const folder = newFolder()
  const { code, stdout, stderr } = await ensure(
    folder,
    "globalThis.fetch = async () => { throw new Error('no way out') }",
    join(folder, 'empty'),
  )
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^heyan: python3, make, a C\+\+ compiler missing, .*apt-get install python3 make g\+\+.*\n$/)
  expect(existsSync(join(folder, 'node_modules'))).toBe(false)
  expect(existsSync(join(folder, '.stamp', 'lock'))).toBe(false)
})

test('a Node that is too old is told by its version', async () => {
  const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.3' } })"
  const { code, stderr } = await ensure(newFolder(), older, process.env.PATH ?? '')
  expect(code).toBe(1)
  expect(stderr).toBe('heyan: Node 20.18.3 is too old: version 20.19 or newer is needed\n')
})
