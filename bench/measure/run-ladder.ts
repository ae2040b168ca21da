import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { NODE_FLAGS } from '../../bin/node-flags.mjs'
import { COMPILED } from '../../test/light/server-process.ts'
import type { LadderLoad } from '../load/ladder.ts'
import { cpuMs } from './process-tree.ts'

export type LadderRun = {
  /** Of the process and FFmpeg, ms a second. */
  readonly cpu: number
  /** Of each frame of each rung, behind the moment when a decoder could hand out the source's. */
  readonly lateMs: readonly number[]
  /** Of the source, and of each rung. */
  readonly frames: number
  readonly made: Readonly<Record<string, number>>
}

/** Runs `load/ladder.ts` in a process of its own, started as the server is. @param warmMs that don't count */
export async function runLadder(options: LadderLoad, warmMs: number): Promise<LadderRun> {
  const program = join(import.meta.dirname, '../load/ladder.ts')
  const args = [...NODE_FLAGS, program, JSON.stringify(options)]
  const env = { ...process.env, NODE_COMPILE_CACHE: COMPILED }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const pid = child.pid ?? 0
  await next(child, 'begin')
  const done = next(child, 'done')
  await sleep(warmMs)
  const [cpuBefore, before] = [cpuMs(pid), performance.now()]
  await sleep(options.seconds * 1000 - warmMs)
  const cpu = ((cpuMs(pid) - cpuBefore) * 1000) / (performance.now() - before)
  const run = (await done) as Omit<LadderRun, 'cpu'>
  const ended = once(child, 'exit')
  child.send('end')
  await ended
  return { ...run, cpu }
}

async function next(child: ChildProcess, kind: string): Promise<unknown> {
  for (;;) {
    const [message] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([status]) => {
        throw new Error(`the process of the ladder ended with ${status}`)
      }),
    ])
    if ((message as { kind?: string }).kind === kind) return message
  }
}
