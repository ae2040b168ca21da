import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { compressed } from './build/compressed.ts'
import { shell } from './build/shell.ts'
import { hlsParts } from './hls-parts.ts'

const root = fileURLToPath(new URL('.', import.meta.url))
const server = process.env.DEV_SERVER ?? 'http://localhost:8080'

export default defineConfig({
  root,
  plugins: [svelte({ configFile: false }), hlsParts(), shell(), compressed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page allows no data: scripts and no inline ones.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      input: { index: `${root}index.html`, sw: `${root}worker/sw.ts` },
      // A service worker keeps its address for ever.
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        // What several pages share would be twenty files of a few hundred bytes, each with a way to the server and headers of its own.
        codeSplitting: {
          groups: [
            {
              name: 'frame',
              test: /\/node_modules\/svelte\/|\/web\/(?:api|app)\/(?!Share|Qr|CopyField|Look|Offline|Install|words)|\/web\/words\/(?:area|format|languages|locale|plural|words)\.ts|\/player\/(?:load-hls|ask-ahead)\.ts|vite\/preload-helper/,
              minShareCount: 2,
            },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '^/api/(?!docs)': { target: server, ws: true },
      '/live': { target: server, ws: true },
      '/time': { target: server },
    },
  },
})
