import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { EMBEDDED_FFMPEG } from '../../src/app/ffmpeg.ts'
import { EMBEDDED_WEB_APP } from '../../src/app/web-app.ts'
import { LICENCES } from '../../src/base/single-file.ts'
import { embeddedThread, THREADS } from '../../src/base/threads.ts'
import { bundle } from '../bundle.ts'
import { licences } from './licences.ts'
import { mustStandAlone } from './stand-alone.ts'

/** `build.ts FILE NODE-FLAGS [FFMPEG]`: makes the single file from this repository and the Node that runs this. */
const root = join(import.meta.dirname, '../..')
const [target = '', flags = '', ffmpeg] = process.argv.slice(2)
const run = promisify(execFile)

await mkdir(dirname(target), { recursive: true })
// Beside the target, so that the last step is a rename: a program that runs can't be written over.
const work = await mkdtemp(`${target}-`)
try {
  if (ffmpeg !== undefined) await mustStandAlone(ffmpeg)
  const node = join(work, 'node')
  await copyFile(process.execPath, node)
  await chmod(node, 0o755)
  const [stripped] = await Promise.all([strip(node), writeFile(join(work, 'sea.json'), await configuration())])
  if (!stripped) say('There is no `strip` (Debian: binutils), so the file is larger than need be.')
  // From there, so that no path of this machine gets into it. V8 takes no code that was compiled under other flags.
  await run(process.execPath, [...flags.split(' '), '--build-sea', 'sea.json'], { cwd: work })
  await chmod(join(work, 'streamhost'), 0o755)
  await rename(join(work, 'streamhost'), target)
  say(`${relative(process.cwd(), target)}: ${((await stat(target)).size / 1e6).toFixed(1)} MB`)
} catch (error) {
  say(`The single file could not be built: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  await rm(work, { recursive: true, force: true })
}

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`)
}

/** Node carries the names of all its functions, a quarter of its size. @returns whether they could be taken off */
async function strip(file: string): Promise<boolean> {
  try {
    await run('strip', [file])
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** What `node --build-sea` is told (https://nodejs.org/api/single-executable-applications.html). */
async function configuration(): Promise<string> {
  const main = await bundle(root, 'bin/streamhost.ts')
  const assets: Record<string, string> = {}
  const add = async (name: string, content: string | Uint8Array) => {
    const file = `asset-${Object.keys(assets).length}`
    assets[name] = file
    await writeFile(join(work, file), content)
  }
  for (const [name, path] of Object.entries(THREADS)) {
    const { code } = await bundle(root, join('src/base', path))
    await add(embeddedThread(name), code)
  }
  await addWebApp(add)
  await add(LICENCES, await licences(root))
  if (ffmpeg !== undefined) {
    const program = await readFile(ffmpeg)
    await add(EMBEDDED_FFMPEG.program, program)
    await add(EMBEDDED_FFMPEG.digest, createHash('sha256').update(program).digest('hex'))
  }
  await writeFile(join(work, 'streamhost.mjs'), main.code)
  return JSON.stringify({
    main: 'streamhost.mjs',
    mainFormat: 'module',
    executable: 'node',
    output: 'streamhost',
    disableExperimentalSEAWarning: true,
    // A third less processor time until it listens.
    useCodeCache: true,
    execArgv: flags.split(' '),
    // `NODE_OPTIONS` of the surroundings is meant for other programs.
    execArgvExtension: 'none',
    assets,
  })
}

/** The files of the web app, their compressed forms among them. */
async function addWebApp(add: (name: string, content: Uint8Array) => Promise<void>): Promise<void> {
  const built = join(root, 'web/dist')
  for (const entry of await readdir(built, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue
    const path = join(entry.parentPath, entry.name)
    const name = EMBEDDED_WEB_APP + relative(built, path).split(sep).join('/')
    await add(name, await readFile(path))
  }
}
