import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { documents } from './build/docs/plugin.ts'
import { precompress } from './build/precompress.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: at('.'),
  plugins: [documents(), react(), precompress()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // No inlined files: the policy of the pages takes what comes from this origin.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The largest is the viewer of the API description, on a page of its own.
    chunkSizeWarningLimit: 2_000,
    rolldownOptions: { input: { index: at('index.html'), reference: at('reference.html') } },
  },
})
