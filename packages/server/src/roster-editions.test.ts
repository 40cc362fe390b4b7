import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRoster, type Roster } from '@heyan/sources'
import { afterEach, describe, expect, test } from 'vitest'
import { quietLog } from './log.js'
import { RosterEditions } from './roster-editions.js'
import { TestServer } from './testing/server.js'

const LIST = '姓名,身份证号码\n李三,11010519491231002X\n'
const LONGER = `${LIST}王五,440524188001010014\n`
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-editions-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A server, and further nodes on its store, each with a roster directory of its own. */
async function nodes({ sharedDir = null, isPeer = false }: { sharedDir?: string | null; isPeer?: boolean }) {
  const server = await TestServer.start({
    source: null,
    environment: sharedDir === null ? {} : { ROSTER_SHARED_DIR: sharedDir },
  })
  closers.push(() => server.close())
  const { store, keys, operatorToken } = server.services
  const lines: string[] = []
  const join = (token = operatorToken, key: Uint8Array = keys.derive('roster')) => {
    const directory = newFolder()
    const roster = openRoster({ directory, key, now: () => server.clock.now })
    closers.push(() => roster.close())
    const log = quietLog((line) => lines.push(line))
    const peers = isPeer ? ['http://127.0.0.1:1', server.url] : []
    return {
      directory,
      roster,
      editions: new RosterEditions({ store, roster, sharedDir, peers, operatorToken: token, log }),
    }
  }
  const importList = async (list: string) => {
    server.clock.now += 1_000
    const answer = await server.ask('/admin/v1/roster', {
      method: 'PUT',
      headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'text/csv' },
      body: list,
    })
    expect(answer.text).toContain('"ok":true')
  }
  return { server, store, join, importList, lines }
}

const people = (roster: Roster) => [roster.count(), roster.state()?.generation]

describe('the roster of many nodes', () => {
  test.each(['a shared directory', 'another node'])(
    'comes from %s, and each new one replaces the one before',
    async (from) => {
      const sharedDir = from === 'another node' ? null : newFolder()
      const { server, join, importList } = await nodes({ sharedDir, isPeer: sharedDir === null })
      const own = server.services.roster
      const other = join()
      await other.editions.sync()
      expect(people(other.roster)).toEqual([0, undefined])
      for (const [list, count] of [
        [LIST, 1],
        [LONGER, 2],
      ] as const) {
        await importList(list)
        await other.editions.sync()
        expect(people(other.roster)).toEqual([count, own.state()?.generation])
        expect(readdirSync(other.directory)).toHaveLength(2)
        if (sharedDir !== null) expect(readdirSync(sharedDir)).toHaveLength(1)
      }
      const late = join() // A node that is started afterwards.
      await late.editions.sync()
      expect(people(late.roster)).toEqual(people(own))
    },
  )

  test('made on any node is the one of all: the last one made counts', async () => {
    const sharedDir = newFolder()
    const { server, join, importList } = await nodes({ sharedDir })
    await importList(LONGER)
    const other = join()
    await other.editions.sync()
    server.clock.now += 1_000
    await other.roster.import([Buffer.from(LIST)])
    await other.editions.sync()
    await server.services.rosterEditions.sync()
    expect(people(server.services.roster)).toEqual(people(other.roster))
    expect(server.services.roster.count()).toBe(1)
  })

  test('is refused where a byte of it is another or missing, or where it is under another key; what was there serves on', async () => {
    const sharedDir = newFolder()
    const { join, importList, lines } = await nodes({ sharedDir })
    await importList(LIST)
    const other = join()
    await other.editions.sync()
    await importList(LONGER)
    const [file = ''] = readdirSync(sharedDir)
    const path = `${sharedDir}/${file}`
    const stranger = join(undefined, Buffer.alloc(32, 9))
    await stranger.editions.sync()
    expect(stranger.roster.count()).toBe(0)
    for (const spoil of [
      () => truncateSync(path, 4_096),
      () => writeFileSync(path, Buffer.alloc(100_000)),
      () => rmSync(path),
    ]) {
      spoil()
      await other.editions.sync()
      expect(other.roster.count()).toBe(1)
      expect(readdirSync(other.directory)).toHaveLength(2)
    }
    // Once for each node and edition, however often it was looked for.
    expect(lines.filter((line) => line.includes('is not to be had'))).toHaveLength(2)
  })

  test('is given to who proves to be a node only', async () => {
    const { server, join, importList } = await nodes({ isPeer: true })
    await importList(LIST)
    const stranger = join('hyop_wrong')
    await stranger.editions.sync()
    expect(stranger.roster.count()).toBe(0)
    const path = `/admin/v1/roster/editions/${server.services.roster.state()?.generation}`
    expect((await server.ask(path)).status).toBe(401)
    expect((await server.operate('GET', path.replace('/admin/v1', ''))).status).toBe(200)
    expect((await server.operate('GET', '/roster/editions/0123456789abcdef')).status).toBe(404)
  })
})
