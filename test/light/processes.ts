import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Children of a process that are this program. */
export function below(pid: number, name: string): number[] {
  const parents = new Map<number, { readonly parent: number; readonly name: string }>()
  for (const entry of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
      const end = stat.lastIndexOf(')')
      parents.set(Number(entry), {
        parent: Number(stat.slice(end + 4).split(' ')[0]),
        name: stat.slice(stat.indexOf('(') + 1, end),
      })
    } catch {
      // Gone meanwhile.
    }
  }
  return [...parents].flatMap(([id, each]) => (each.name === name && each.parent === pid ? [id] : []))
}

/** FFmpegs of a server that make further qualities; it has others, for pictures and sound. */
export function transcoders(pid: number): number[] {
  return below(pid, 'ffmpeg').filter((child) => {
    try {
      return readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('-force_key_frames')
    } catch {
      return false
    }
  })
}

/**
 * Keeps a server's FFmpegs as urgent as anybody else, where the test may say so: they are behind everything, and beside other
 * tests would have next to nothing.
 * @returns what ends it
 */
export function hurryFfmpegs(pid: number): () => void {
  const timer = setInterval(() => below(pid, 'ffmpeg').forEach(hurry), 100)
  return () => clearInterval(timer)
}

function hurry(pid: number): void {
  try {
    setPriority(pid, 0)
  } catch {
    // Gone, or not allowed.
  }
}
