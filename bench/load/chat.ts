import { setTimeout as sleep } from 'node:timers/promises'
import { Crowd } from '../../test/light/chat-crowd.ts'
import { loadOptions, serveLoad } from './serve-load.ts'

/** A room full of people: all read, some write now and then. */
const options = loadOptions<{
  readonly port: number
  readonly path: string
  readonly clients: number
  /** Messages a second in all, by as many writers in turn that none writes more than once in four seconds. */
  readonly rate: number
  /** How often all tell that they are still there; without it the server takes them for gone after a while. */
  readonly staySeconds?: number
}>()

const crowd = new Crowd(options)
for (let i = 0; i < options.clients; i++) await crowd.enter()
const writers = Math.min(options.clients, Math.ceil(options.rate * 4))
setInterval(() => crowd.say(writers), 1000 / options.rate)
if (options.staySeconds !== undefined) setInterval(() => crowd.stay(), options.staySeconds * 1000)
await sleep(1000)

serveLoad({
  begin: () => crowd.forget(),
  end: () => {
    const { sent, delivered, missed, lost } = crowd
    return { sent, delivered, missed, lost, p50Ms: crowd.delayMs(0.5), p99Ms: crowd.delayMs(0.99) }
  },
})
