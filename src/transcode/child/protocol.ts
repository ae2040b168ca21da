/** What the threads of children are told, and what they tell. What goes in and comes out of a child is no business of theirs. */
export type ToChildren =
  | { readonly type: 'start'; readonly id: number; readonly job: ChildJob }
  /** Nothing more comes in: it makes what it has, and ends. */
  | { readonly type: 'end'; readonly id: number }
  | { readonly type: 'kill'; readonly id: number }
  /** Its pipes are needed no more. */
  | { readonly type: 'release'; readonly id: number }
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
  | { readonly type: 'started'; readonly id: number; readonly pid: number; readonly pipes: ChildDescriptors }
  /** Twice a second; without `use` where the system doesn't tell. */
  | { readonly type: 'used'; readonly id: number; readonly use: ChildUse | undefined }
  /** Its pipes are there until they are released: what it made last may still be in them. */
  | { readonly type: 'gone'; readonly id: number; readonly end: ChildEnd }
  /** A fault of ours. The thread does nothing more, but has all pipes until it is told to close. */
  | { readonly type: 'failed'; readonly why: string }

/** Our ends of its pipes, which don't block: a descriptor is the whole process's. */
export type ChildDescriptors = { readonly input: number; readonly outputs: readonly number[] }

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
