import { cp, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ROOT, until } from '../../light/server-process.ts'
import type { Answer, Machine } from './machine.ts'

const NAME = 'streamhost'
const CONFIG = '/etc/streamhost/streamhost.config.yaml'
const WITHIN_MS = 60_000
/** What packages there are is this machine's, and sudo may not be among them. */
const IN_PLACE = `
sudo() {
  case $1 in
    apt-get) ;;
    -u) user=$2; shift 2; runuser -u "$user" -- "$@" ;;
    *) "$@" ;;
  esac
}`

export type Process = {
  readonly pid: string
  readonly niceness: number
  readonly oomScoreAdj: number
  readonly command: string
}

/** The service on a machine, as its operator sees it. */
export class Unit {
  readonly #machine: Machine

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** Lines of docs/operating.md, with the files beside them that they take. @returns what they said */
  async install(): Promise<string> {
    const page = await readFile(join(ROOT, 'docs/operating.md'), 'utf8')
    const lines = /## As a service\n[\s\S]+?```sh\n([\s\S]+?)```/.exec(page)?.[1]
    if (lines === undefined) throw new Error('docs/operating.md has no lines')
    for (const file of ['dist/streamhost', 'deploy/streamhost.service'])
      await cp(join(ROOT, file), join(this.#machine.root, 'root', basename(file)))
    return this.shell(lines)
  }

  /** @throws Error with what it said when a line fails */
  async shell(script: string): Promise<string> {
    return this.#machine.must('sh', '-ec', `cd /root\n${IN_PLACE}\n${script}`)
  }

  async control(...words: readonly string[]): Promise<Answer> {
    return this.#machine.run('systemctl', ...words, NAME)
  }

  /** @throws Error with what it said when its status is not 0 */
  async mustControl(...words: readonly string[]): Promise<void> {
    const { status, stderr } = await this.control(...words)
    if (status !== 0)
      throw new Error(`systemctl ${words.join(' ')}: status ${status}\n${stderr}${await this.journal()}`)
  }

  /** A property, as `systemctl show` has it. */
  async show(property: string): Promise<string> {
    return (await this.control('show', '--value', '-p', property)).stdout.trim()
  }

  async showsWithin(property: string, wanted: RegExp): Promise<void> {
    await until(async () => wanted.test(await this.show(property)), WITHIN_MS, `${property} is not ${wanted}`)
  }

  /** The words that are in the journal of the unit. */
  async journal(): Promise<string> {
    return this.#machine.must('journalctl', '--unit', NAME, '--output', 'cat', '--no-pager')
  }

  /** What the journal says beyond `seen`, once it has `words`. */
  async said(words: RegExp, seen = ''): Promise<string> {
    const added = async () => (await this.journal()).slice(seen.length)
    await until(async () => words.test(await added()), WITHIN_MS, `the journal has no ${words}`)
    return await added()
  }

  async configure(yaml: string): Promise<void> {
    await writeFile(`${this.#machine.root}${CONFIG}`, `storage: { dataDir: /var/lib/streamhost }\n${yaml}`)
  }

  /** Each process of the unit. */
  async processes(): Promise<readonly Process[]> {
    const group = await this.show('ControlGroup')
    const pids = (await this.#machine.must('cat', `/sys/fs/cgroup${group}/cgroup.procs`)).trim().split('\n')
    return await Promise.all(
      pids.map(async (pid) => {
        const folder = join(this.#machine.root, 'proc', pid)
        const stat = await readFile(join(folder, 'stat'), 'utf8').catch(() => '')
        // proc(5): the name in parentheses may hold blanks; nice is field 19.
        const niceness = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
        const command = (await readFile(join(folder, 'cmdline'), 'utf8').catch(() => '')).replaceAll('\0', ' ')
        const oomScoreAdj = Number(await readFile(join(folder, 'oom_score_adj'), 'utf8').catch(() => Number.NaN))
        return { pid, niceness, oomScoreAdj, command }
      }),
    )
  }
}
