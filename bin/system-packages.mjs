import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runQuietly } from './child.mjs'
import { LaunchError, say } from './say.mjs'

/** Installs what the tests, or what another list is for, need from the system, by apt where this is root; elsewhere says what is missing. */
export async function ensureSystemPackages(root, list = 'test-packages.txt') {
  if (process.platform !== 'linux') return
  const missing = listed(root, list).filter(({ sign }) => !isThere(sign))
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name)
  const isRoot = process.getuid?.() === 0
  if (!isRoot || spawnSync('apt-get', ['--version']).status !== 0) {
    throw new LaunchError(
      `This needs ${names.join(', ')}. On Debian and Ubuntu: \`sudo apt-get install -y ${names.join(' ')}\`; then try again.`,
    )
  }
  say(`Installing ${names.join(', ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const update = await runQuietly('apt-get', ['update', '-qq'], { env })
  const options = ['install', '-y', '-qq', '--no-install-recommends', ...names]
  const { status, output } = await runQuietly('apt-get', options, { env })
  if (status !== 0) {
    throw new LaunchError(`apt-get could not install ${names.join(', ')}:\n${update.output}${output}`.trim())
  }
}

function listed(root, list) {
  return readFileSync(join(root, 'bin', list), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name, sign] = line.split(' ')
      return { name, sign }
    })
}

function isThere(sign) {
  if (sign.includes('.so')) return libraryFolders().some((folder) => existsSync(join(folder, sign)))
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, sign)))
}

/** Where Debian and the others keep shared libraries: also in a folder by architecture. */
function libraryFolders() {
  return ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/usr/local/lib'].flatMap((folder) => {
    if (!existsSync(folder)) return []
    const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.name.includes('-linux-'))
    return [folder, ...inside.map((entry) => join(folder, entry.name))]
  })
}
