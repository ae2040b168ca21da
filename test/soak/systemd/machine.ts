import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../light/server-process.ts'

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const BOOT = join(import.meta.dirname, 'boot.sh')
const BOOTED_WITHIN_MS = 120_000
const POWERED_OFF_WITHIN_MS = 60_000

export type Answer = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

/**
 * systemd, booted in namespaces on files of this machine; what it changes is in memory and goes with it. The network is this
 * process's own: it must have been started in one apart (`unshare --net --mount`).
 */
export class Machine implements AsyncDisposable {
  /** Its files, seen from here. */
  readonly root: string
  readonly #pid: string
  readonly #outer: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #folder: string
  readonly #cgroup: string

  private constructor(pid: string, outer: ChildProcess, exited: Promise<unknown>, folder: string, cgroup: string) {
    this.root = `/proc/${pid}/root`
    this.#pid = pid
    this.#outer = outer
    this.#exited = exited
    this.#folder = folder
    this.#cgroup = cgroup
  }

  /** @param files an absolute path: the root directory of a system with systemd */
  static async boot(files: string): Promise<Machine> {
    const folder = await mkdtemp(join(tmpdir(), 'streamhost-systemd-'))
    await mounted(folder)
    const cgroup = `streamhost-soak-${process.pid}`
    // Ends with this process, however that ends.
    const command = ['--pdeathsig', 'KILL', 'sh', BOOT, folder, cgroup, files]
    const outer = spawn('setpriv', command, { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(outer, 'exit')
    const [line] = await Promise.race([once(outer.stdout.setEncoding('utf8'), 'data'), exited.then(() => [''])])
    const pid = /^\d+/.exec(String(line))?.[0]
    if (pid === undefined) throw new Error('it could not be put together')
    const machine = new Machine(pid, outer, exited, folder, cgroup)
    try {
      const isUp = async () => /running|degraded/.test((await machine.run('systemctl', 'is-system-running')).stdout)
      await until(isUp, BOOTED_WITHIN_MS, 'it has not booted')
    } catch (error) {
      await machine[Symbol.asyncDispose]()
      throw error
    }
    return machine
  }

  /** A program in it, as root, beside what systemd started. */
  async run(...command: readonly string[]): Promise<Answer> {
    return ask('nsenter', [
      ...['--target', this.#pid, '--mount', '--uts', '--ipc', '--pid', '--cgroup', '--root', `--wd=${this.root}`],
      ...['env', '-i', 'HOME=/root', 'LANG=C.UTF-8', PATH, ...command],
    ])
  }

  /** @throws Error with what it said when its status is not 0 */
  async must(...command: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(...command)
    if (status !== 0) throw new Error(`${command.join(' ')}: status ${status}\n${stdout}${stderr}`)
    return stdout
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const late = setTimeout(() => this.#outer.kill('SIGKILL'), POWERED_OFF_WITHIN_MS)
    await this.run('systemctl', 'poweroff')
    await this.#exited
    clearTimeout(late)
    await removeGroups(join(this.#folder, 'cgroup', this.#cgroup))
    await ask('umount', ['--recursive', '--lazy', this.#folder])
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function mounted(folder: string): Promise<void> {
  const { status, stderr } = await ask('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', folder])
  if (status !== 0) throw new Error(`no memory can be mounted: ${stderr}`)
}

/** Groups are removed from within; a group whose last process has just ended may still be busy. */
async function removeGroups(folder: string): Promise<void> {
  const inside = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of inside.filter((each) => each.isDirectory())) await removeGroups(join(folder, entry.name))
  for (let tries = 0; tries < 50; tries++) {
    try {
      return await rmdir(folder)
    } catch {
      await sleep(100)
    }
  }
}

async function ask(file: string, args: readonly string[]): Promise<Answer> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const [status] = await once(child, 'close')
  return { status, stdout, stderr }
}
