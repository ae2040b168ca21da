import { readFile } from 'node:fs/promises'

/** `USER_HZ`: in this unit Linux tells times of processes, whatever its own clock does. */
const TICKS_PER_SECOND = 100
/** Fields of proc_pid_stat(5), counted behind the name: the name may have blanks and brackets in it. */
const UTIME = 11
const STIME = 12

/** Processor seconds of a process since its start, all its threads; undefined: it is gone, or the system doesn't tell. */
export async function processTime(pid: number): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined
  try {
    return secondsIn(await readFile(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

/** The same from the text of `/proc/<pid>/stat`. */
export function secondsIn(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[UTIME]) + Number(fields[STIME])
  return Number.isFinite(ticks) ? ticks / TICKS_PER_SECOND : undefined
}
