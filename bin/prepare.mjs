import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInstead } from './child.mjs'
import { NODE_FLAGS } from './node-flags.mjs'
import { ensurePackages } from './packages.mjs'
import { checkNode, pinnedNode } from './pinned-node.mjs'
import { ensureProgram } from './program.mjs'
import { ensureWebApp } from './web-app.mjs'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * Makes ready what the server needs to run, and only what has changed since: packages, the pinned Node, the web app.
 * Runs on any Node from 20 on, before anything is installed. Answers the path of the pinned Node.
 */
export async function prepare({ dev = false, web = true } = {}) {
  await ensurePackages(root, { dev })
  const node = pinnedNode(root)
  await checkNodeOnce(node)
  // Tests and measurements start the program by themselves.
  if (web) await Promise.all([ensureWebApp(root, node), dev && ensureProgram(root, node)])
  return node
}

/** The program itself, under the pinned Node, in this process's place. Answers its exit status. */
export async function runStreamhost(node, args) {
  const program = await ensureProgram(root, node)
  return runInstead(node, [...NODE_FLAGS, program, ...args], {
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? cacheDirectory('compiled'),
    },
  })
}

function cacheDirectory(name) {
  return join(root, 'node_modules', '.cache', `streamhost-${name}`)
}

/** A Node that has once run on this machine is not tried again: that would cost every start 50 ms. */
async function checkNodeOnce(node) {
  const { size, mtimeMs } = statSync(node)
  const identity = `${node} ${size} ${mtimeMs} ${process.env.LD_LIBRARY_PATH ?? ''}`
  const stamp = cacheDirectory('node-runs')
  try {
    if (readFileSync(stamp, 'utf8') === identity) return
  } catch {
    // The first time.
  }
  await checkNode(node)
  try {
    mkdirSync(dirname(stamp), { recursive: true })
    writeFileSync(stamp, identity)
  } catch {
    // node_modules may belong to somebody else; then the next start looks again.
  }
}
