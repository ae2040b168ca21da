import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { ROOT } from './server-process.ts'

/** Under what conditions something was measured: no figure is told without them. */
export type Conditions = {
  readonly date: string
  /** `+` behind it: the source differs from it. */
  readonly commit: string
  readonly node: string
  readonly processors: string
  readonly loadAverage: number
}

export function conditions(): Conditions {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    node: process.version,
    processors: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'web', 'package-lock.json')
    return `${git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : '+'}`
  } catch {
    return 'unknown'
  }
}
