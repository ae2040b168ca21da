import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** The picture into which the sender burns its clock: raw yuv420p. */
export const WIDTH = 640
export const HEIGHT = 360
export const FRAME_RATE = 30

/** Bits of the clock, the lowest of the milliseconds since 1970: it comes round after 9.3 hours. */
export const BITS = 25
/** Pixels of a bar: wide enough to survive any encoder. */
export const BAR = 24
/** Two rows of bars, the second the opposite of the first: what doesn't agree is not believed. */
export const ROW = 40
const LEFT = (WIDTH - BITS * BAR) / 2

/** Pictures that FFmpeg reads into its queue while it starts. */
const TAKEN_AHEAD = 3

const WHITE = 220
const BLACK = 30
const LUMA = WIDTH * HEIGHT

/** A grey picture that changes a little from frame to frame, as a camera's does. */
export class ClockPicture {
  readonly #background: Buffer
  readonly #frame = Buffer.alloc((LUMA * 3) / 2, 128)

  constructor() {
    this.#background = Buffer.alloc(LUMA)
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) this.#background[y * WIDTH + x] = 60 + ((x * 3 + y * 5) % 97)
    }
  }

  /** The frame of this moment. The same buffer is used for the next one. */
  draw(nowMs: number, index: number): Buffer {
    const shift = (index * 4) % LUMA
    this.#background.copy(this.#frame, 0, shift)
    this.#background.copy(this.#frame, LUMA - shift, 0, shift)
    const code = nowMs % 2 ** BITS
    const line = Buffer.alloc(WIDTH, BLACK)
    const opposite = Buffer.alloc(WIDTH, WHITE)
    for (let bit = 0; bit < BITS; bit++) {
      if (Math.floor(code / 2 ** bit) % 2 === 0) continue
      line.fill(WHITE, LEFT + bit * BAR, LEFT + (bit + 1) * BAR)
      opposite.fill(BLACK, LEFT + bit * BAR, LEFT + (bit + 1) * BAR)
    }
    for (let y = 0; y < ROW; y++) {
      line.copy(this.#frame, y * WIDTH)
      opposite.copy(this.#frame, (ROW + y) * WIDTH)
    }
    return this.#frame
  }
}

/**
 * Writes pictures in real time into an encoder's input until aborted. A picture that is late carries the time at which it
 * is really written.
 * @returns by how much the latest picture was late, milliseconds
 */
export async function writeClock(into: Writable, signal: AbortSignal): Promise<number> {
  const picture = new ClockPicture()
  let startMs = performance.now()
  let worstLateMs = 0
  into.on('error', () => {})
  for (let index = 0; !signal.aborted && into.writable; index++) {
    // An encoder takes some pictures before it sends the first: real time begins behind them.
    if (index <= TAKEN_AHEAD) startMs = performance.now() - (index * 1000) / FRAME_RATE
    const dueMs = startMs + (index * 1000) / FRAME_RATE
    const waitMs = dueMs - performance.now()
    if (waitMs > 1) await sleep(waitMs, undefined, { signal }).catch(() => undefined)
    else worstLateMs = Math.max(worstLateMs, -waitMs)
    const frame = picture.draw(Date.now(), index)
    // The buffer is drawn into again: it must be gone before that.
    await new Promise<void>((resolve) => into.write(frame, () => resolve()))
  }
  return worstLateMs
}

export type ReaderLayout = { readonly bits: number; readonly bar: number; readonly row: number; readonly left: number }

export const LAYOUT: ReaderLayout = { bits: BITS, bar: BAR, row: ROW, left: LEFT }

/**
 * Runs in the page before its own scripts: reads the clock from each picture when it is put on the screen, and keeps how
 * old it was then. Refers to nothing outside itself. `globalThis.delays` has [milliseconds since the page began, age of the
 * picture in milliseconds]; `globalThis.unreadable` counts pictures whose rows did not agree.
 */
export function readClock({ bits, bar, row, left }: ReaderLayout): void {
  type Frame = { readonly expectedDisplayTime: number }
  type Video = { requestVideoFrameCallback(callback: (now: number, frame: Frame) => void): number }
  type Context = {
    drawImage(video: Video, ...where: number[]): void
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray }
  }
  type Canvas = { width: number; height: number; getContext(kind: '2d', options: object): Context }
  const page = globalThis as unknown as {
    delays: [number, number][]
    unreadable: number
    requestAnimationFrame(callback: () => void): number
    readonly document: { querySelector(selector: string): Video | null; createElement(name: string): Canvas }
  }
  page.delays = []
  page.unreadable = 0
  // A pixel for each bar and row, taken from a strip scaled down.
  const scale = 4
  const width = (bits * bar) / scale
  const height = (2 * row) / scale

  const begin = (): void => {
    const video = page.document.querySelector('video')
    if (video === null) return void page.requestAnimationFrame(begin)
    const canvas = page.document.createElement('canvas')
    canvas.width = width
    canvas.height = height
    const context = canvas.getContext('2d', { willReadFrequently: true })
    const light = (pixels: Uint8ClampedArray, bit: number, line: number): boolean => {
      const x = Math.round((bit + 0.5) * (bar / scale))
      const y = Math.round((line + 0.5) * (row / scale))
      return (pixels[(y * width + x) * 4 + 1] ?? 0) > 127
    }
    const look = (_now: number, frame: Frame): void => {
      video.requestVideoFrameCallback(look)
      const shownMs = Date.now() - performance.now() + frame.expectedDisplayTime
      context.drawImage(video, left, 0, bits * bar, 2 * row, 0, 0, width, height)
      const { data } = context.getImageData(0, 0, width, height)
      let code = 0
      for (let bit = 0; bit < bits; bit++) {
        const on = light(data, bit, 0)
        if (on === light(data, bit, 1)) {
          page.unreadable++
          return
        }
        if (on) code += 2 ** bit
      }
      const around = 2 ** bits
      const age = (((Math.round(shownMs) - code) % around) + around) % around
      page.delays.push([Math.round(performance.now()), age])
    }
    video.requestVideoFrameCallback(look)
  }
  begin()
}
