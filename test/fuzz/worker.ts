import { parentPort, workerData } from 'node:worker_threads'
import { replayKept, runTarget } from './run-target.ts'
import { targets } from './targets/all.ts'

/** One target in a thread of its own, so that one that hangs or takes all memory can be told and ended. */
const { name, last } = workerData as { name: string; last: SharedArrayBuffer }
const port = parentPort
const found = targets.find((each) => each.name === name)
if (port === null || found === undefined) throw new Error('this file is the entry of a worker thread')

/** How long the input is that is being checked, and which one it is; behind them its bytes. */
const heads = new Int32Array(last, 0, 2)
const bytes = new Uint8Array(last, 8)
const target = {
  ...found,
  async check(value: unknown) {
    const input = found.file?.write(value) ?? new Uint8Array(0)
    bytes.set(input.subarray(0, bytes.byteLength))
    heads[0] = Math.min(input.byteLength, bytes.byteLength)
    Atomics.add(heads, 1, 1)
    await found.check(value)
  },
}

port.on('message', async ({ ms }: { ms: number }) => {
  const outcome = await runTarget(target, { runs: Number.MAX_SAFE_INTEGER, ms })
  port.postMessage(outcome)
})

try {
  await replayKept(target)
  port.postMessage('ready')
} catch (error) {
  port.postMessage({ replay: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}
