import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runInstead } from './child.mjs'
import { hashOfSources } from './hash-of-sources.mjs'
import { NODE_FLAGS } from './node-flags.mjs'
import { LaunchError, say } from './say.mjs'

const USAGE = 'usage: npm run build:binary [-- --with-ffmpeg FILE]'
/** What goes into the single file, beside Node and the web app. */
const SOURCES = ['package.json', 'package-lock.json', 'bin', 'src', 'config']

/** Makes `dist/streamhost` if what it is made from has changed since. Answers the exit status. */
export async function ensureBinary(root, node, args) {
  if (process.platform !== 'linux') throw new LaunchError('The single file is built on Linux, for Linux.')
  const ffmpeg = ffmpegFrom(args)
  const target = join(root, 'dist', 'streamhost')
  const stamp = join(root, 'dist', '.made-from')
  const identity = (file) => `${statSync(file).size} ${statSync(file).mtimeMs}`
  const web = readFileSync(join(root, 'web', 'dist', '.made-from'), 'utf8')
  const sources = [hashOfSources(root, SOURCES), web, identity(node), ffmpeg && identity(ffmpeg)].join('\n')
  if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) {
    say('dist/streamhost is there already, made from this source.')
    return 0
  }
  say('Building dist/streamhost …')
  rmSync(stamp, { force: true })
  const build = join(root, 'bin', 'binary', 'build.ts')
  const status = await runInstead(node, [build, target, NODE_FLAGS.join(' '), ...(ffmpeg ? [ffmpeg] : [])])
  if (status === 0) writeFileSync(stamp, sources)
  return status
}

function ffmpegFrom(args) {
  const given = parsed(args)['with-ffmpeg']
  if (given === undefined) return undefined
  const file = resolve(given)
  if (!existsSync(file)) throw new LaunchError(`There is no file ${file}.`)
  return file
}

function parsed(args) {
  try {
    return parseArgs({ args, options: { 'with-ffmpeg': { type: 'string' } } }).values
  } catch (error) {
    throw new LaunchError(`${error.message}\n${USAGE}`)
  }
}
