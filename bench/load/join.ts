import { setTimeout as sleep } from 'node:timers/promises'
import { openPlayer, type PlayerOptions } from './player.ts'
import { loadOptions, percentile, serveLoad } from './serve-load.ts'
import { stampsIn } from './stamp.ts'

/** Players that come one after the other, at all phases of a group of pictures, and leave when they have a key frame. */
const options = loadOptions<PlayerOptions & { readonly joins: number }>()

const waits: number[] = []
for (let i = 0; i < options.joins; i++) {
  let keyAtMs: number | undefined
  const { socket, askedAtMs } = await openPlayer(options, (received) => {
    for (const { isKey } of stampsIn(received)) if (isKey) keyAtMs ??= performance.now()
  })
  socket.on('error', () => {})
  while (keyAtMs === undefined && !socket.destroyed) await sleep(1)
  if (keyAtMs !== undefined) waits.push(keyAtMs - askedAtMs)
  socket.destroy()
  await sleep(170)
}
serveLoad({ begin: () => {}, end: () => ({ waits: waits.length, p50Ms: percentile(waits, 0.5) }) })
