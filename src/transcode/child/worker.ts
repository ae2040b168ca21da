import { parentPort } from 'node:worker_threads'
import { FfmpegChild } from './ffmpeg-child.ts'
import type { ChildConfig, ChildFrame, FromChildren, ToChildren } from './protocol.ts'

/**
 * A thread that looks after several children: it feeds them, reads what they make, and tells it in batches. All of it is
 * input and output and a little reading of FLV, so that one thread is enough for many.
 */
const port = parentPort
if (port === null) throw new Error('this file is the entry of a worker thread')

/** How long frames of one child are gathered: its rungs come one after the other. */
const GATHER_MS = 4
const USED_MS = 500

type Entry = {
  readonly child: FfmpegChild
  made: (ChildFrame | ChildConfig)[]
  timer: NodeJS.Timeout | undefined
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
  const entry: Entry = {
    child: new FfmpegChild(job, {
      frame: (frame) => {
        entry.made.push(frame)
        entry.timer ??= setTimeout(() => tell(id, entry), GATHER_MS)
      },
      gone: (end) => {
        tell(id, entry)
        children.delete(id)
        say({ type: 'gone', id, end })
        if (closing && children.size === 0) port?.close()
      },
    }),
    made: [],
    timer: undefined,
  }
  children.set(id, entry)
  const { pid } = entry.child
  if (pid !== undefined) say({ type: 'started', id, pid })
}

function tell(id: number, entry: Entry): void {
  clearTimeout(entry.timer)
  entry.timer = undefined
  if (entry.made.length === 0) return
  const frames = entry.made
  entry.made = []
  const buffers = frames.map((frame) => ('config' in frame ? frame.config : frame.data).buffer as ArrayBuffer)
  port?.postMessage({ type: 'made', id, frames, taken: entry.child.taken } satisfies FromChildren, buffers)
}

function say(message: FromChildren): void {
  port?.postMessage(message)
}
