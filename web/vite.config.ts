import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { hlsParts } from './hls-parts.ts'

const root = fileURLToPath(new URL('.', import.meta.url))
const server = process.env.DEV_SERVER ?? 'http://localhost:8080'

export default defineConfig({
  root,
  plugins: [svelte({ configFile: false }), hlsParts()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page allows no data: scripts and no inline ones.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // The server reads in it which files a watch page needs, and names them before the page has asked.
    manifest: true,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: {
      '^/api/(?!docs)': { target: server, ws: true },
      '/live': { target: server, ws: true },
      '/time': { target: server },
    },
  },
})
