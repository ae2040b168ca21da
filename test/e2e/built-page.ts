import { execFile } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../', import.meta.url))
let built: Promise<string> | null = null

/** The folder of the built page, built anew when a source is newer. */
export function builtPage(): Promise<string> {
  built ??= build()
  return built
}

async function build(): Promise<string> {
  const dist = `${root}web/dist`
  const madeMs = await stat(`${dist}/index.html`).then(
    (file) => file.mtimeMs,
    () => 0,
  )
  if (madeMs < (await newestSourceMs())) {
    const command = ['node_modules/vite/bin/vite.js', 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn']
    await promisify(execFile)(process.execPath, command, { cwd: root })
  }
  return dist
}

async function newestSourceMs(): Promise<number> {
  const entries = await readdir(`${root}web`, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('/web/dist'))
  const times = await Promise.all(files.map((file) => stat(`${file.parentPath}/${file.name}`)))
  return Math.max(...times.map((file) => file.mtimeMs))
}
