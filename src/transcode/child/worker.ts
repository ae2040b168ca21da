import { parentPort } from 'node:worker_threads'
import { messageOf } from '../../base/errors.ts'
import { FfmpegChild } from './ffmpeg-child.ts'
import type { FromChildren, ToChildren } from './protocol.ts'

/**
 * A thread that looks after several children: it starts them, for which a thread stands still, hears what they say and how they
 * end. It never touches what goes in and comes out.
 */
const port = parentPort
if (port === null) throw new Error('this file is the entry of a worker thread')

const USED_MS = 500

const children = new Map<number, FfmpegChild>()
let closing = false

port.on('message', (message: ToChildren) => {
  switch (message.type) {
    case 'start':
      start(message.id, message.job)
      break
    case 'end':
      children.get(message.id)?.end()
      break
    case 'kill':
      children.get(message.id)?.kill()
      break
    case 'release':
      release(message.id)
      break
    case 'close':
      closing = true
      clearInterval(timer)
      for (const [id, child] of children) {
        if (child.isGone) release(id)
        else child.kill()
      }
      if (children.size === 0) port?.close()
  }
})

const timer = setInterval(() => {
  for (const [id, child] of children) say({ type: 'used', id, use: child.used() })
}, USED_MS)

// A thread that ends closes its descriptors, which somebody else's connections may have at once, while frames still go into them.
process.on('uncaughtException', (error) => say({ type: 'failed', why: messageOf(error) }))

function start(id: number, job: Extract<ToChildren, { readonly type: 'start' }>['job']): void {
  const child = new FfmpegChild(job, (end) => {
    say({ type: 'gone', id, end })
    if (closing) release(id)
  })
  children.set(id, child)
  const { pid, pipes } = child
  if (pid !== undefined && pipes !== undefined) say({ type: 'started', id, pid, pipes })
}

function release(id: number): void {
  children.get(id)?.release()
  children.delete(id)
  if (closing && children.size === 0) port?.close()
}

function say(message: FromChildren): void {
  port?.postMessage(message)
}
