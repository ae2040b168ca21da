import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runQuietly } from './child.mjs'
import { LaunchError, say } from './say.mjs'

/**
 * Installs the npm packages if the lock file says other ones than are there.
 * @param dev also those that only tests need. An install that has them keeps them.
 */
export async function ensurePackages(root, { dev }) {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const lock = createHash('sha256').update(lockText).digest('hex')
  const stamp = readStamp(root)
  if (stamp.lock === lock && (stamp.dev || !dev)) return
  // Somebody may have run npm by hand.
  const wanted = JSON.parse(lockText).packages
  const present = readInstalled(root)
  const all = isInstalled(wanted, present, true)
  if (all || (!dev && isInstalled(wanted, present, false))) return writeStamp(root, { lock, dev: all })

  const withDev = dev || stamp.dev === true
  say(withDev ? 'Installing packages, those for tests included …' : 'Installing packages …')
  await install(root, withDev)
  writeStamp(root, { lock, dev: withDev })
}

async function install(root, dev) {
  const options = ['ci', dev ? '--include=dev' : '--omit=dev', '--include=optional']
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error']
  const cli = process.env.npm_execpath
  const [command, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []]
  const shell = process.platform === 'win32' && command === 'npm'
  const { status, output } = await runQuietly(command, [...first, ...options, ...quiet], { cwd: root, shell })
  if (status !== 0) throw new LaunchError(whyNpmFails(output))
}

function whyNpmFails(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|network/i.test(output)) {
    return 'The packages could not be installed: npm does not reach its registry. Check the network (or the proxy, `npm config get proxy`) and try again.'
  }
  if (/EACCES|EPERM|EROFS/.test(output)) {
    return 'The packages could not be installed: this directory belongs to somebody else or cannot be written to.'
  }
  if (/ENOSPC/.test(output)) return 'The packages could not be installed: the disk is full.'
  if (/ENOENT.*npm|npm.*not found/.test(output))
    return 'npm is not installed; install it (Debian: `apt-get install -y npm`).'
  return `The packages could not be installed. npm said:\n${output.trim()}`
}

/** Every package of the lock file that this platform must have is there in its version. */
function isInstalled(wanted, present, dev) {
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.optional || entry.devOptional || (entry.dev && !dev)) return true
    return present[path]?.version === entry.version
  })
}

function readInstalled(root) {
  try {
    return JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages
  } catch {
    return {}
  }
}

function stampFile(root) {
  return join(root, 'node_modules', '.streamhost-packages.json')
}

function readStamp(root) {
  try {
    return JSON.parse(readFileSync(stampFile(root), 'utf8'))
  } catch {
    return {}
  }
}

function writeStamp(root, stamp) {
  try {
    writeFileSync(stampFile(root), JSON.stringify(stamp))
  } catch {
    // node_modules may belong to somebody else; then the next start looks again.
  }
}
