import { serverClock } from '../player/server-clock.ts'

let ms = $state(Date.now())
setInterval(() => {
  ms = serverClock.now()
}, 1000)

/** The server's time, once a second, for texts that count. */
export const now = {
  get ms(): number {
    return ms
  },
}
