import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { PROGRAM, ROOT, ServerProcess } from '../test/light/server-process.ts'
import { spread } from './measure/figures.ts'
import type { Measure } from './measure/frame.ts'
import { commandOf, processTree } from './measure/process-tree.ts'

const IDLE_MS = 10_000
const IDLE_SERVERS = 3
const NPM_START = ['npm', 'start', '--'] as const
const SINGLE_FILE = join(ROOT, 'dist/streamhost')

/** From spawning to the first `/readyz` that says yes, and resident memory ten seconds later; from the source and as one file. */
export const measure: Measure = {
  name: 'start',
  about: 'from spawning to ready, by `npm start`, alone and as one file; memory of the idle server; size of the file',
  minutes: 2,
  rounds: 5,
  async run(bench) {
    const alone: number[] = []
    const byNpm: number[] = []
    const memory: number[] = []
    const asOneFile: number[] = []
    const memoryOfOneFile: number[] = []
    // The first one installs, builds and fills caches: not measured.
    if (!bench.short) {
      await end(await ServerProcess.start({ command: NPM_START, readyWithinMs: 300_000 }))
      await promisify(execFile)(process.execPath, [join(ROOT, 'bin/run.mjs'), 'binary'])
    }
    for (let round = 0; round < bench.rounds; round++) {
      const server = await ServerProcess.start({ readyWithinMs: 60_000 })
      alone.push(server.readyMs)
      if (memory.length < IDLE_SERVERS) {
        await sleep(bench.short ? 0 : IDLE_MS)
        memory.push(server.rssBytes() / 1e6)
      }
      await end(server)
      if (bench.short) continue
      const started = await ServerProcess.start({ command: NPM_START, readyWithinMs: 60_000 })
      byNpm.push(started.readyMs)
      await end(started)
      const oneFile = await ServerProcess.start({ command: [SINGLE_FILE, 'serve'], readyWithinMs: 60_000 })
      asOneFile.push(oneFile.readyMs)
      if (memoryOfOneFile.length < IDLE_SERVERS) {
        await sleep(IDLE_MS)
        memoryOfOneFile.push(oneFile.rssBytes() / 1e6)
      }
      await oneFile.stop()
    }
    if (byNpm.length > 0) bench.tell({ name: 'npm start to ready', unit: 'ms', ours: spread(byNpm), atMost: 2000 })
    bench.tell({ name: 'the server alone to ready', unit: 'ms', ours: spread(alone) })
    const name = 'resident memory after 10 s of idling'
    bench.tell({ name, unit: 'MB', ours: spread(memory), atMost: 120 })
    if (asOneFile.length === 0) return
    bench.tell({ name: 'the single file to ready', unit: 'ms', ours: spread(asOneFile), atMost: 600 })
    bench.tell({ name: `the single file, ${name}`, unit: 'MB', ours: spread(memoryOfOneFile), atMost: 120 })
    const { size } = await stat(SINGLE_FILE)
    bench.tell({ name: 'the single file', unit: 'MB', ours: spread([size / 1e6]), atMost: 135 })
  },
}

/** Ends the server itself, not only what started it, and waits for all of them. */
async function end(server: ServerProcess): Promise<void> {
  const own = serversBelow(server)
  for (const pid of own) process.kill(pid, 'SIGTERM')
  if (own.length > 0) await server.exited
  await server.stop()
}

/** The servers that this one's command has started. */
function serversBelow({ child: { pid } }: ServerProcess): number[] {
  return pid === undefined ? [] : processTree(pid).filter((each) => commandOf(each).includes(PROGRAM))
}
