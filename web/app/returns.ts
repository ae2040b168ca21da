import { backoff } from '../api/backoff.ts'
import { api } from '../api/client.ts'

/** Asks until the server answers, less and less often, then calls once. */
export function returns(then: () => void): { now(): void; stop(): void } {
  let tries = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  const ask = async () => {
    clearTimeout(timer)
    const answered = await api.site().then(
      () => true,
      () => false,
    )
    if (stopped) return
    if (answered) {
      stopped = true
      then()
    } else {
      clearTimeout(timer)
      timer = setTimeout(() => void ask(), backoff(tries++, Math.random()))
    }
  }
  void ask()
  return {
    now: () => {
      tries = 0
      if (!stopped) void ask()
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
