// `npm run check -- docs`, or `node scripts/check-docs.mjs [FILE.md…]`: the documents are true. Every link inside the project leads
// somewhere; every command they name exists; no speed is told without the command that measures it; and every block after
// `<!-- run -->` is run against a fresh server, which listens where the documents say `http://127.0.0.1:8080`.
// `<!-- run: prints TEXT -->` asks for TEXT on standard output.
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const START_MAX_MS = 20_000
const RUN_MAX_MS = 40_000
/** Lines around a figure of speed within which its command stands. */
const NEAR_LINES = 4

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const heyan = join(root, 'packages/cli/dist/main.js')
const wrong = []
const skipped = new Set()

/** What runs a block, and the name its text is given. A language that is not on this machine is skipped, aloud. */
const RUNNERS = {
  sh: { file: 'block.sh', command: ['bash', '-euo', 'pipefail'] },
  js: { file: 'block.mjs', command: ['node'] },
  python: { file: 'block.py', command: ['python3'] },
  php: { file: 'block.php', command: ['php'] },
  java: { file: 'Block.java', command: ['java'] },
  go: { file: 'block.go', command: ['go', 'run'] },
}

function* documents(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (['node_modules', 'dist', '.git', '.stamp', 'data'].includes(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* documents(path)
    else if (entry.name.endsWith('.md')) yield path
  }
}

/** A document taken apart: its lines outside fences, and its fences with what the comment before each asks for. */
function read(path) {
  const lines = readFileSync(path, 'utf8').split('\n')
  const prose = []
  const blocks = []
  let block = null
  let wish = null
  for (const [place, line] of lines.entries()) {
    const fence = /^\s*```(\w*)/.exec(line)
    if (block !== null) {
      if (fence) block = null
      else block.text += `${line}\n`
      prose.push('')
    } else if (fence) {
      block = { language: fence[1], line: place + 1, wish, text: '' }
      blocks.push(block)
      prose.push('')
      wish = null
    } else {
      const comment = /^<!-- run(?:: prints (.*))? -->$/.exec(line)
      if (comment) wish = { prints: comment[1] ?? '' }
      else if (line.trim() !== '') wish = null
      prose.push(line)
    }
  }
  return { path, name: relative(root, path), lines, prose, blocks }
}

/** As GitHub makes an anchor of a heading. */
function anchors({ prose }) {
  return prose
    .filter((line) => line.startsWith('#'))
    .map((line) =>
      line
        .replace(/^#+\s*/, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    )
}

function checkLinks(document) {
  for (const [place, line] of document.prose.entries()) {
    for (const [, target] of line.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      // A page of the running server: journeys/documents.test.ts goes there.
      if (/^[a-z]+:/i.test(target) || target.startsWith('/')) continue
      const [path, anchor] = target.split('#')
      const file = path === '' ? document.path : join(dirname(document.path), decodeURI(path))
      const where = `${document.name}:${place + 1}`
      if (!existsSync(file)) wrong.push(`${where}: there is no ${target}`)
      else if (anchor && file.endsWith('.md') && !anchors(read(file)).includes(decodeURI(anchor)))
        wrong.push(`${where}: no heading ${target}`)
    }
  }
}

const helps = new Map()

/** The commands that `--help` lists under these words. */
function commandsUnder(...words) {
  const key = words.join(' ')
  if (!helps.has(key)) {
    const { stdout } = spawnSync(process.execPath, [heyan, ...words, '--help'], { encoding: 'utf8' })
    const listed = stdout.split('\nCommands:\n')[1] ?? ''
    helps.set(key, new Set([...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name)))
  }
  return helps.get(key)
}

function checkCommands(document) {
  for (const [place, line] of document.lines.entries()) {
    const isInBlock = document.prose[place] === '' && line !== ''
    const spans = isInBlock ? [line] : [...line.matchAll(/`([^`]+)`/g)].map(([, span]) => span)
    for (const span of spans) {
      for (const [, name, second] of span.matchAll(
        /(?:^|[\s;|&(])(?:npm run -s heyan --|heyan) ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?/g,
      )) {
        const where = `${document.name}:${place + 1}`
        if (!commandsUnder().has(name)) wrong.push(`${where}: there is no command heyan ${name}`)
        else if (second && commandsUnder(name).size > 0 && !commandsUnder(name).has(second))
          wrong.push(`${where}: there is no command heyan ${name} ${second}`)
      }
    }
  }
}

const SPEED =
  /\d[\d,.]*\s*(?:k|万)?\s*(?:µs|(?:calls|rows|requests|次|行|条)?\s*\/\s*(?:s|秒)\b|rps|(?:calls|rows|requests|\w+) (?:a|per) second|(?:次|行|条)每秒)/i
const MEASURE = /(?:^\s*|`)(?:npm run (?:bench|campaign)|npm test|node )|heyan app limit/

function checkFigures(document) {
  for (const [place, line] of document.lines.entries()) {
    if (!SPEED.test(line)) continue
    const near = document.lines.slice(Math.max(0, place - NEAR_LINES), place + NEAR_LINES + 1)
    if (!near.some((other) => MEASURE.test(other)))
      wrong.push(`${document.name}:${place + 1}: a speed without the command that measures it`)
  }
}

/** One server for all documents: an empty data directory, any free port. */
async function startServer(directory) {
  const dataDir = join(directory, 'data')
  const child = spawn(process.execPath, [heyan, 'serve'], {
    env: { ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the server did not start')), START_MAX_MS)
    child.once('exit', () => reject(new Error('the server ended')))
    child.stdout.on('data', (chunk) => {
      said += chunk
      if (!/^curl /m.test(said)) return
      clearTimeout(late)
      resolve()
    })
  })
  const base = /(http:\/\/[^/\s]+)\//.exec(said)?.[1] ?? ''
  return { child, dataDir, base, token: readFileSync(join(dataDir, 'operator.token'), 'utf8').trim() }
}

/** A document's own application, with as many calls as the demo's. */
async function newApplication({ base, token }, name) {
  const response = await fetch(`${base}/admin/v1/applications`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, calls: 20 }),
  })
  if (!response.ok) throw new Error(`no application could be made: ${await response.text()}`)
  return response.json()
}

/** `npm run -s heyan -- …` without the second that npm and the look at the build take; they were looked at before. */
function quickNpm(directory) {
  const folder = join(directory, 'bin')
  mkdirSync(folder)
  writeFileSync(
    join(folder, 'npm'),
    `#!/bin/sh
[ "$1 $2 $3 $4" = "run -s heyan --" ] || { echo "only npm run -s heyan -- … runs here" >&2; exit 1; }
shift 4
exec "${process.execPath}" "${heyan}" "$@"
`,
  )
  chmodSync(join(folder, 'npm'), 0o755)
  return folder
}

/** Runs the blocks of each document one after another, with its credentials in the environment. */
async function runDocuments(documents) {
  const running = documents.filter(({ blocks }) => blocks.some(({ wish }) => wish !== null))
  if (running.length === 0) return
  const directory = mkdtempSync(join(tmpdir(), 'heyan-docs-'))
  const server = await startServer(directory)
  try {
    const path = `${quickNpm(directory)}:${process.env.PATH}`
    for (const document of running) {
      const { appId, appCode, appKey, appSecret } = await newApplication(server, document.name)
      const env = {
        ...process.env,
        PATH: path,
        DATA_DIR: server.dataDir,
        PORT: new URL(server.base).port,
        APPID: appId,
        APPCODE: appCode,
        APPKEY: appKey,
        APPSECRET: appSecret,
      }
      for (const block of document.blocks)
        if (block.wish !== null) runBlock(document, block, directory, server.base, env)
    }
  } finally {
    server.child.removeAllListeners('exit')
    const ended = new Promise((resolve) => server.child.once('exit', resolve))
    server.child.kill('SIGKILL')
    await ended
    rmSync(directory, { recursive: true, force: true })
  }
}

function runBlock({ name }, { language, line, wish, text }, directory, base, env) {
  const where = `${name}:${line}`
  const runner = RUNNERS[language]
  if (runner === undefined) return wrong.push(`${where}: nothing here runs ${language || 'a block without a language'}`)
  const [command, ...options] = runner.command
  if (spawnSync('which', [command]).status !== 0) return skipped.add(language)
  const file = join(directory, runner.file)
  writeFileSync(file, text.replaceAll('http://127.0.0.1:8080', base))
  const { status, stdout, stderr } = spawnSync(command, [...options, file], {
    cwd: root,
    env,
    encoding: 'utf8',
    timeout: RUN_MAX_MS,
  })
  const said = `${stdout}${stderr}`.trim().split('\n').slice(-8).join('\n')
  if (status !== 0) wrong.push(`${where}: ended with ${status}\n${said}`)
  else if (!stdout.includes(wish.prints)) wrong.push(`${where}: did not print ${wish.prints}\n${said}`)
}

const only = process.argv.slice(2)
const all = [...documents(root)].map(read).filter(({ path }) => only.length === 0 || only.includes(basename(path)))
for (const document of all) {
  checkLinks(document)
  checkCommands(document)
  checkFigures(document)
}
await runDocuments(all)

const ran = all.reduce((count, { blocks }) => count + blocks.filter(({ wish }) => wish !== null).length, 0)
process.stdout.write(
  `${all.length} documents, ${ran} blocks run${skipped.size > 0 ? `; not on this machine: ${[...skipped].join(', ')}` : ''}\n`,
)
if (wrong.length > 0) {
  process.stdout.write(`${wrong.join('\n')}\n`)
  process.exitCode = 1
}
