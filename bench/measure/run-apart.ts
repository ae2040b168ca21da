import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { COMPILED } from '../../test/light/server-process.ts'
import type { Figure, Measure, Settings } from './frame.ts'
import { processTree } from './process-tree.ts'

type Said =
  | { readonly kind: 'figure'; readonly figure: Figure }
  | { readonly kind: 'note'; readonly words: string }
  | { readonly kind: 'failed'; readonly words: string }

/**
 * Runs a measure in a process of its own, so that none is measured in what another left behind, and one that fails or
 * hangs ends nothing but itself: all that it started is ended with it.
 * @returns why it failed; undefined: it didn't
 */
export async function runApart(
  measure: Measure,
  settings: Settings,
  listener: { readonly tell: (figure: Figure) => void; readonly note: (words: string) => void },
): Promise<string | undefined> {
  const file = join(import.meta.dirname, 'run-one.ts')
  const args = ['--disable-warning=ExperimentalWarning', file, measure.name, JSON.stringify(settings)]
  const env = { ...process.env, NODE_COMPILE_CACHE: COMPILED }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  let why: string | undefined
  child.on('message', (message) => {
    const said = message as Said
    if (said.kind === 'figure') listener.tell(said.figure)
    else if (said.kind === 'note') listener.note(said.words)
    else why = said.words
  })
  const endAll = (): void => {
    // Those it started first, or nobody would know them for its own any more.
    const tree = child.pid === undefined ? [] : processTree(child.pid)
    for (const pid of tree.reverse()) kill(pid)
  }
  const limit = setTimeout(
    () => {
      why = `it took more than ${measure.minutes * 3} minutes`
      endAll()
    },
    Math.max(2, measure.minutes * 3) * 60_000,
  )
  const stop = (): void => {
    endAll()
    process.exit(1)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop)
  const [status] = await once(child, 'exit')
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop)
  clearTimeout(limit)
  return why ?? (status === 0 ? undefined : `it ended with ${status}`)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It was quicker.
  }
}
