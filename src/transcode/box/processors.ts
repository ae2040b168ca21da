import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

/** Where Linux tells of itself; tests have a directory of their own. */
const ROOT = '/'

/**
 * How many processors this process may use: those it may run on, or less where a control group sets a quota (containers,
 * systemd's `CPUQuota`): 1.5 of them, say.
 */
export async function processors(root = ROOT): Promise<number> {
  const cores = availableParallelism()
  if (process.platform !== 'linux') return cores
  return Math.min(cores, (await quota(root)) ?? cores)
}

/** The smallest quota of the groups that this process is in, in processors; undefined: there is none. */
export async function quota(root = ROOT): Promise<number | undefined> {
  const groups = await text(join(root, 'proc/self/cgroup'))
  if (groups === undefined) return undefined
  const found: number[] = []
  for (const line of groups.split('\n')) {
    // hierarchy-ID:controller-list:cgroup-path
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) continue
    const second = controllers === ''
    if (!second && !controllers.split(',').includes('cpu')) continue
    const mounted = second ? ['sys/fs/cgroup', 'sys/fs/cgroup/unified'] : [`sys/fs/cgroup/${controllers}`]
    for (const mount of mounted) {
      for (const folder of upwards(path)) {
        const directory = join(root, mount, folder)
        const limit = second ? await ofSecondVersion(directory) : await ofFirstVersion(directory)
        if (limit !== undefined) found.push(limit)
      }
    }
  }
  return found.length === 0 ? undefined : Math.min(...found)
}

/** A folder and all above it, the root last: in a container the names above may be the host's, and not be there. */
function upwards(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '..')
  return names.map((_, at) => names.slice(0, names.length - at).join('/')).concat('')
}

/** `cpu.max`: "quota period" in microseconds, or "max period". */
async function ofSecondVersion(directory: string): Promise<number | undefined> {
  const [, micros, period] = /^(\d+) (\d+)/.exec((await text(join(directory, 'cpu.max'))) ?? '') ?? []
  return ratio(micros, period)
}

/** `cpu.cfs_quota_us` is −1 without a quota. */
async function ofFirstVersion(directory: string): Promise<number | undefined> {
  const [micros, period] = await Promise.all([
    text(join(directory, 'cpu.cfs_quota_us')),
    text(join(directory, 'cpu.cfs_period_us')),
  ])
  return ratio(micros, period)
}

function ratio(micros: string | undefined, period: string | undefined): number | undefined {
  const processors = Number(micros) / Number(period)
  return Number.isFinite(processors) && processors > 0 ? processors : undefined
}

async function text(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
