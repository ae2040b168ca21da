import { writeFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/** Steps of niceness behind the server, and the last there is. */
const BEHIND = 10
const LAST = 19
/** proc_pid_oom_score_adj(5): chosen before everything else. */
const FIRST_TO_GO = '1000'

/**
 * Puts a child behind the server in everything, before it begins to work: it waits for the processor, and where memory runs out
 * it is ended instead of the server, which is often larger.
 */
export function putBehind(pid: number): void {
  try {
    // A number by itself would put it before the server where that was started to be kind.
    setPriority(pid, Math.min(LAST, getPriority() + BEHIND))
  } catch {
    // Gone already, or a container forbids it.
  }
  if (process.platform !== 'linux') return
  try {
    // It isn't a file: nothing waits for a disk.
    writeFileSync(`/proc/${pid}/oom_score_adj`, FIRST_TO_GO)
  } catch {
    // The same.
  }
}
