import { setTimeout as sleep } from 'node:timers/promises'
import { openPlayer, type PlayerOptions } from './player.ts'
import { loadOptions, percentile, serveLoad } from './serve-load.ts'
import { stampsIn } from './stamp.ts'

/** Many players of one stream that read and throw away. The age of pictures is looked at in a few of them. */
const options = loadOptions<PlayerOptions & { readonly players: number; readonly warmUpMs: number }>()

const LOOKED_AT = 5
/** Players that connect at the same time. */
const AT_ONCE = 25

let bytes = 0
let lost = 0
let started = 0
let ages: number[] = []

async function open(index: number): Promise<void> {
  let came = 0
  const looks = index % Math.ceil(options.players / LOOKED_AT) === 0
  const { socket } = await openPlayer(options, (received) => {
    // An answer of words is no stream.
    if (came <= 4096 && came + received.byteLength > 4096) started++
    came += received.byteLength
    bytes += received.byteLength
    if (looks) for (const { ageMs } of stampsIn(received)) ages.push(ageMs)
  })
  socket.on('error', () => {})
  socket.on('close', () => lost++)
}

for (let from = 0; from < options.players; from += AT_ONCE) {
  const count = Math.min(AT_ONCE, options.players - from)
  await Promise.all(Array.from({ length: count }, (_, index) => open(from + index)))
}
while (started < options.players && lost === 0) await sleep(20)
await sleep(options.warmUpMs)
serveLoad({
  begin: () => {
    bytes = 0
    ages = []
  },
  end: () => ({ bytes, lost, p50Ms: percentile(ages, 0.5), p99Ms: percentile(ages, 0.99), pictures: ages.length }),
})
