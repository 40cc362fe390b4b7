import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** Bytes, minified and gzipped, of an application that takes only `checkIdNumber` and `shanghaiDate` from core. */
export async function measureBundle() {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    stdin: {
      contents: `import { checkIdNumber, parseIdNumber, shanghaiDate } from './index.js'
        console.log(checkIdNumber(location.hash, shanghaiDate(Date.now())), parseIdNumber(location.hash, { today: shanghaiDate(0) }))`,
      resolveDir: fileURLToPath(new URL('../../packages/core/dist', import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  })
  return gzipSync(outputFiles[0].contents).length
}
