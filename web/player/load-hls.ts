import type Hls from 'hls.js'

let library: Promise<typeof Hls> | null = null

/** Brings hls.js, once, as a file of its own. A failed try is not remembered. */
export function loadHls(): Promise<typeof Hls> {
  library ??= import('hls.js').then(
    (module) => module.default,
    (error: unknown) => {
      library = null
      throw error
    },
  )
  return library
}
