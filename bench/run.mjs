// node bench/run.mjs NAME [options]: runs the bench NAME.mjs in this folder; its exit code says whether what it checks held.
import { readdirSync } from 'node:fs'

const [name = '', ...argv] = process.argv.slice(2)
const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -'.mjs'.length))

if (names.includes(name)) {
  const { run } = await import(new URL(`${name}.mjs`, import.meta.url))
  process.exitCode = (await run(argv)) ?? 0
} else {
  console.error(`Which bench? ${names.join(', ')}`)
  process.exitCode = 2
}
