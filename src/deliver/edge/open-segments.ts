import type { LiveWindow } from '../../packager/live-window.ts'
import type { Segment } from '../../packager/segment.ts'
import { begin, type Header } from './answer.ts'
import type { Reply } from './exchange.ts'
import type { HeldRequests } from './held-requests.ts'
import type { StalledWrites } from './stalled-writes.ts'

/** A client that is sent a segment while it grows. */
type Viewer = {
  readonly res: Reply
  /** Ends its stay among the held requests. */
  readonly leave: () => boolean
  /** Parts it was sent. */
  sent: number
}

export type OpenStream = {
  readonly socket: object
  readonly mostWaiting: number | undefined
  readonly res: Reply
  readonly headers: readonly Header[]
  readonly window: LiveWindow
  readonly segment: Segment
  /** Milliseconds after which a segment that doesn't close is given up. */
  readonly longestMs: number
}

/** Viewers written to in one turn of the event loop. */
const WRITTEN_AT_ONCE = 256

/**
 * Answers that follow segments which are still open: every viewer of a segment is written the same bytes when a part
 * closes. What one of them may be behind is bounded by the segment itself, and by the time a client may take for it.
 */
export class OpenSegments {
  readonly #held: HeldRequests
  readonly #stalled: StalledWrites
  readonly #viewers = new WeakMap<Segment, Set<Viewer>>()

  /** @param held counts these answers with all others that are not complete yet */
  constructor(held: HeldRequests, stalled: StalledWrites) {
    this.#held = held
    this.#stalled = stalled
  }

  /** @returns false when there are too many already: nothing was written */
  stream({ socket, mostWaiting, res, headers, window, segment, longestMs }: OpenStream): boolean {
    const onTooLate = (): void => void res.destroy()
    const leave = this.#held.stay({ socket, mostWaiting, res, longestMs, onTooLate }, () =>
      this.#viewers.get(segment)?.delete(viewer),
    )
    if (leave === undefined) return false
    const viewer: Viewer = { res, leave, sent: 0 }
    begin(res, headers)
    this.#write(viewer, segment)
    const known = this.#viewers.get(segment)
    if (known !== undefined) known.add(viewer)
    else {
      const viewers = new Set([viewer])
      this.#viewers.set(segment, viewers)
      this.#follow(window, segment, viewers)
    }
    return true
  }

  #follow(window: LiveWindow, segment: Segment, viewers: Set<Viewer>): void {
    const part = segment.parts.length
    window.wait({
      msn: segment.msn,
      part,
      orClosed: true,
      wake: () => {
        // Let go without anything new: the server stops. Half a segment must not look like a whole one.
        if (segment.parts.length === part && !segment.closed) for (const { res } of viewers) res.destroy()
        else {
          this.#writeAll([...viewers], segment)
          if (!segment.closed) this.#follow(window, segment, viewers)
        }
      },
    })
  }

  #writeAll(viewers: readonly Viewer[], segment: Segment, from = 0): void {
    const until = Math.min(from + WRITTEN_AT_ONCE, viewers.length)
    for (const viewer of viewers.slice(from, until)) this.#write(viewer, segment)
    if (until < viewers.length) setImmediate(() => this.#writeAll(viewers, segment, until))
  }

  /** What it has not been sent yet. */
  #write(viewer: Viewer, { parts, closed }: Segment): void {
    const { res } = viewer
    if (res.destroyed || res.writableEnded) return
    res.cork()
    for (; viewer.sent < parts.length; viewer.sent++) write(res, parts[viewer.sent]?.bytes)
    if (closed) res.end()
    res.uncork()
    if (!closed) return
    viewer.leave()
    this.#stalled.watch(res)
  }
}

function write(res: Reply, bytes: Uint8Array | undefined): void {
  if (bytes !== undefined) res.write(bytes)
}
