import { parentPort } from 'node:worker_threads'
import { FfmpegChild } from './ffmpeg-child.ts'
import type { ChildConfig, ChildFrame, FromChildren, ToChildren } from './protocol.ts'

/**
 * A thread that looks after several children: it feeds them, reads what they make, and tells it in batches. All of it is
 * input and output and a little reading of FLV, so that one thread is enough for many. What costs is to be woken: no timers.
 */
const port = parentPort
if (port === null) throw new Error('this file is the entry of a worker thread')

const USED_MS = 500

type Entry = {
  readonly child: FfmpegChild
  made: (ChildFrame | ChildConfig)[]
  /** Outputs that have a frame among them, a bit for each. */
  outputs: number
  /** Each picture of all outputs comes within moments, one output after the other: they are told together. */
  together: boolean
  telling: boolean
}

const children = new Map<number, Entry>()
let closing = false

port.on('message', (message: ToChildren) => {
  switch (message.type) {
    case 'start':
      start(message.id, message.job)
      break
    case 'feed':
      children.get(message.id)?.child.feed(message.bytes)
      break
    case 'end':
      children.get(message.id)?.child.end()
      break
    case 'kill':
      children.get(message.id)?.child.kill()
      break
    case 'close':
      closing = true
      clearInterval(timer)
      for (const { child } of children.values()) child.kill()
      if (children.size === 0) port?.close()
  }
})

const timer = setInterval(() => {
  for (const [id, { child }] of children) say({ type: 'used', id, taken: child.taken, use: child.used() })
}, USED_MS)

function start(id: number, job: Extract<ToChildren, { readonly type: 'start' }>['job']): void {
  const all = 2 ** job.outputs.length - 1
  const entry: Entry = {
    child: new FfmpegChild(job, {
      frame: (frame) => {
        entry.made.push(frame)
        if ('config' in frame) return
        const output = 1 << frame.output
        // The others had nothing for the picture before.
        if ((entry.outputs & output) !== 0) entry.together = false
        entry.outputs |= output
        if (entry.telling || (entry.together && entry.outputs !== all)) return
        entry.telling = true
        // Not before all that was read is taken apart: its bytes are given away.
        queueMicrotask(() => tell(id, entry))
      },
      gone: (end) => {
        tell(id, entry)
        children.delete(id)
        say({ type: 'gone', id, end })
        if (closing && children.size === 0) port?.close()
      },
    }),
    made: [],
    outputs: 0,
    together: true,
    telling: false,
  }
  children.set(id, entry)
  const { pid } = entry.child
  if (pid !== undefined) say({ type: 'started', id, pid })
}

function tell(id: number, entry: Entry): void {
  entry.telling = false
  entry.outputs = 0
  if (entry.made.length === 0) return
  const frames = entry.made
  entry.made = []
  // Frames that were read together share their bytes.
  const buffers = new Set(frames.map((frame) => ('config' in frame ? frame.config : frame.data).buffer as ArrayBuffer))
  port?.postMessage({ type: 'made', id, frames, taken: entry.child.taken } satisfies FromChildren, [...buffers])
}

function say(message: FromChildren): void {
  port?.postMessage(message)
}
