import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PACKAGES = ['core', 'contract', 'sources', 'store', 'server', 'cli', 'web']

/** One import each that breaks one rule: the file it stands in, what it imports, the rule. */
const WRONG = [
  ['core/src/clock.ts', 'node:fs', 'core-imports-nothing'],
  ['core/src/far.ts', '@heyan/contract', 'core-points-down'],
  ['contract/src/far.ts', '@heyan/sources', 'contract-points-down'],
  ['sources/src/far.ts', '@heyan/store', 'sources-points-down'],
  ['store/src/far.ts', '@heyan/server', 'store-points-down'],
  ['server/src/far.ts', '@heyan/cli', 'server-points-down'],
  ['server/src/engine.ts', '../../store/src/engine/private.js', 'engine-is-private'],
  ['server/src/path.ts', '../../store/src/index.js', 'by-package-name'],
  ['server/src/gateway/other.ts', '../v1/door.js', 'gateway-is-a-face-of-its-own'],
  ['server/src/own.ts', './index.js', 'no-own-index'],
  ['cli/src/thick.ts', '@heyan/sources', 'cli-is-thin'],
  ['web/src/far.ts', '@heyan/server', 'web-points-down'],
  ['web/src/product/heavy.ts', '../ui-antd/table.js', 'public-pages-without-antd'],
  ['store/src/ring-one.ts', './ring-two.js', 'no-ring'],
]
const RIGHT = [
  ['contract/src/fine.ts', '@heyan/core'],
  ['server/src/fine.ts', '@heyan/store'],
  ['server/src/v1/fine.ts', './door.js'],
  ['cli/src/fine.ts', '@heyan/store'],
  ['web/src/fine.ts', '@heyan/contract'],
  ['web/src/workbench/fine.ts', '../ui-antd/table.js'],
]

/** A project in small, with the real rules, whose every file is there to break one of them or none. */
describe('the rules of imports', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-imports-'))
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  let found = new Set()

  beforeAll(async () => {
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.tests.json', 'tsconfig.base.json'])
      copyFileSync(join(ROOT, file), join(folder, file))
    write('package.json', '{"private":true,"type":"module"}')
    mkdirSync(join(folder, 'node_modules', '@heyan'), { recursive: true })
    for (const name of PACKAGES) {
      const exports = { '.': { types: './dist/index.d.ts', default: './dist/index.js' } }
      write(`packages/${name}/package.json`, JSON.stringify({ name: `@heyan/${name}`, type: 'module', exports }))
      write(`packages/${name}/dist/index.d.ts`, 'export declare const there: 1\n')
      write(`packages/${name}/dist/index.js`, 'export const there = 1\n')
      write(`packages/${name}/src/index.ts`, 'export const there = 1\n')
      symlinkSync(join(folder, 'packages', name), join(folder, 'node_modules', '@heyan', name), 'junction')
    }
    write('packages/store/src/engine/private.ts', 'export const there = 1\n')
    write('packages/server/src/v1/door.ts', 'export const there = 1\n')
    write('packages/web/src/ui-antd/table.ts', 'export const there = 1\n')
    write('packages/store/src/ring-two.ts', "export * from './ring-one.js'\n")
    for (const [file, from] of [...WRONG, ...RIGHT]) write(`packages/${file}`, `export * from '${from}'\n`)
    const args = [join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')]
    args.push(...PACKAGES.map((name) => `packages/${name}/src`))
    args.push('--config', '.dependency-cruiser.cjs', '--output-type', 'json')
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder })
      // Exits with the number of rules that were broken.
      .catch((error) => error)
    found = new Set(JSON.parse(stdout).summary.violations.map(({ rule, from }) => `${rule.name} ${from}`))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(WRONG)('%s may not import %s: %s', (file, _from, rule) => {
    expect(found).toContain(`${rule} packages/${file}`)
  })

  test.each(RIGHT)('%s may import %s', (file) => {
    expect([...found].filter((violation) => violation.endsWith(` packages/${file}`))).toEqual([])
  })
})
