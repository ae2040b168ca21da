/** What the threads of children are told, and what they tell. Bytes are given away, never copied. */
export type ToChildren =
  | { readonly type: 'start'; readonly id: number; readonly job: ChildJob }
  /** More for its standard input. */
  | { readonly type: 'feed'; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Nothing more comes: it makes what it has, and ends. */
  | { readonly type: 'end'; readonly id: number }
  | { readonly type: 'kill'; readonly id: number }
  /** Kills them all and ends the thread. */
  | { readonly type: 'close' }

export type ChildJob = {
  readonly program: string
  readonly args: readonly string[]
  /** Pipes behind standard error, and what comes out of each. */
  readonly outputs: readonly OutputForm[]
}

/** `flv`: a picture in H.264. `ogg`: sound in Opus. */
export type OutputForm = 'flv' | 'ogg'

export type ChildFrame = {
  /** Which pipe. */
  readonly output: number
  /** Of a picture, as FFmpeg has them: there are no B-frames, so that they are decoded when they are shown. Of sound 0: it is counted. */
  readonly ms: number
  readonly isSync: boolean
  /** Length-prefixed NAL units; a packet of Opus. */
  readonly data: Uint8Array
}

export type FromChildren =
  | { readonly type: 'started'; readonly id: number; readonly pid: number }
  | {
      readonly type: 'made'
      readonly id: number
      /** In the order they came; a configuration stands before the first frame it is for. */
      readonly frames: readonly (ChildFrame | ChildConfig)[]
      /** Bytes of standard input that it took, since it started. */
      readonly taken: number
    }
  /** Twice a second; without `use` where the system doesn't tell. */
  | { readonly type: 'used'; readonly id: number; readonly taken: number; readonly use: ChildUse | undefined }
  | { readonly type: 'gone'; readonly id: number; readonly end: ChildEnd }

export type ChildConfig = {
  readonly output: number
  /** Of a picture its avcC, of sound its OpusHead. */
  readonly config: Uint8Array
}

export type ChildEnd = {
  /** It ended by itself, after all of its input, without an error. */
  readonly good: boolean
  /** For the log: a status, a signal, or why it could not be started. */
  readonly how: string
  /** There is no such program. */
  readonly missing: boolean
  /** Its last lines. */
  readonly said: readonly string[]
}

export type ChildUse = {
  /** Processor seconds since it started. */
  readonly cpuSeconds: number
  /** It runs, or would if there were a processor for it. */
  readonly wantsMore: boolean
}
