import { readdirSync, readFileSync } from 'node:fs'

const EVERY_MS = 100
const KIB_PER_MB = 1_024
const TENTHS = 10

/** Watches the memory of a process and all it started until told to stop: the most above what it had at first, in MB. */
export function watchMemory(pid) {
  const idle = treeMb(pid)
  const seen = []
  const timer = setInterval(() => seen.push(treeMb(pid) - idle), EVERY_MS)
  return {
    stop() {
      clearInterval(timer)
      const tenths = Array.from({ length: TENTHS }, (_, tenth) =>
        seen.slice((seen.length * tenth) / TENTHS, (seen.length * (tenth + 1)) / TENTHS),
      )
      return {
        peakMb: Math.round(Math.max(0, ...seen)),
        idleMb: Math.round(idle),
        tenthsMb: tenths.map((part) => Math.round(Math.max(0, ...part))),
      }
    },
  }
}

/** Proportional set sizes: pages that several processes share are counted once. */
function treeMb(pid) {
  const parents = new Map()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const parent = /^PPid:\s+(\d+)/m.exec(textOf(`/proc/${entry}/status`))?.[1]
    if (parent !== undefined) parents.set(entry, parent)
  }
  const isOurs = (one) => one === String(pid) || (parents.has(one) && isOurs(parents.get(one)))
  let kib = 0
  for (const one of parents.keys())
    if (isOurs(one)) kib += Number(/^Pss:\s+(\d+)/m.exec(textOf(`/proc/${one}/smaps_rollup`))?.[1] ?? 0)
  return kib / KIB_PER_MB
}

/** Of a process that has just ended there is none. */
function textOf(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
