import type Hls from 'hls.js'
import type { Engine } from './engine.ts'
import { HlsEngine, type HlsEngineOptions } from './hls-engine.ts'
import { NativeEngine } from './native-engine.ts'

/**
 * The engine for this browser: hls.js wherever it can, as it stays nearer to live.
 *
 * @param library null: it could not be loaded
 * @returns why there is none, as `LivePlayer.failure` has it
 */
export function openEngine(
  library: typeof Hls | null,
  video: HTMLVideoElement,
  url: string,
  options: HlsEngineOptions,
): Engine | 'codec' | 'script' {
  if (library?.isSupported()) return new HlsEngine(library, video, url, options)
  if (NativeEngine.can(video)) return new NativeEngine(video, url, options.from, options.failed)
  return library === null ? 'script' : 'codec'
}
