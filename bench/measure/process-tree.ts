import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks of `/proc/<pid>/stat` in a second, and bytes of a page: what Linux has on all machines we measure on. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

/** A process and all below it, the process itself first. */
export function processTree(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : undefined
    if (parent === undefined) continue
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [Number(name)])
    else siblings.push(Number(name))
  }
  const below = (each: number): number[] => [each, ...(children.get(each) ?? []).flatMap(below)]
  return below(pid)
}

/**
 * Processor time of a process tree since its start, user and system, in milliseconds. By the scheduler's own count of
 * nanoseconds for each thread: `stat` has hundredths of a second, which is as much as a stream costs in five.
 */
export function cpuMs(pid: number): number {
  let sum = 0
  for (const each of processTree(pid)) sum += ownCpuMs(each)
  return sum
}

/** Resident memory of a process tree in bytes. Pages that its processes share count more than once. */
export function residentBytes(pid: number): number {
  let sum = 0
  for (const each of processTree(pid)) sum += Number(textOf(`/proc/${each}/statm`).split(' ')[1] ?? 0) * PAGE_BYTES
  return sum
}

export function commandOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
}

function ownCpuMs(pid: number): number {
  let ns = 0
  for (const thread of entriesOf(`/proc/${pid}/task`)) {
    ns += Number(textOf(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0] ?? 0)
  }
  const fields = statOf(pid)
  const ticksMs = (field: number): number => (Number(fields[field] ?? 0) / TICKS_PER_SECOND) * 1000
  // cutime and cstime: children that have ended since.
  const ended = ticksMs(13) + ticksMs(14)
  // Without the scheduler's counts, utime and stime.
  return ended + (ns > 0 ? ns / 1e6 : ticksMs(11) + ticksMs(12))
}

function parentOf(pid: number): number | undefined {
  const parent = statOf(pid)[1]
  return parent === undefined ? undefined : Number(parent)
}

/** proc(5): the name in parentheses may hold blanks; what follows begins with field 3. */
function statOf(pid: number): string[] {
  const stat = textOf(`/proc/${pid}/stat`)
  return stat === '' ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Processes end while they are looked at. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
