import { pictureSize } from '../deliver/picture.ts'
import type { LiveFacts, LiveStates } from '../http/live-states.ts'
import type { Hub } from '../live/hub.ts'
import type { Packager } from '../packager/packager.ts'
import type { Stills } from '../transcode/stills/stills.ts'

type Packaging = { readonly mode: 'always' | 'onDemand' | 'off'; readonly dvrSeconds: number }

/** What pages and the API see of a channel: who publishes (the hub) and what can be played (the packager) in one word. */
export class HubStates implements LiveStates {
  readonly #packaging: Packaging
  readonly forget: LiveStates['forget']
  readonly #hub: Hub
  readonly #packager: Packager
  readonly #stills: Pick<Stills, 'current'>
  readonly #listeners = new Map<string, Set<() => void>>()

  /** @param onForgotten the channel's media elsewhere goes, too */
  constructor(
    hub: Hub,
    packager: Packager,
    stills: Pick<Stills, 'current'>,
    packaging: Packaging,
    onForgotten: LiveStates['forget'],
  ) {
    this.#packaging = packaging
    this.#stills = stills
    this.forget = (channel) => {
      packager.forget(channel.slug)
      onForgotten(channel)
    }
    this.#hub = hub
    this.#packager = packager
    const changed = (slug: string): void => {
      for (const listener of this.#listeners.get(slug) ?? []) listener()
    }
    hub.observe(changed)
    packager.observe(changed)
  }

  packaged(slug: string): boolean {
    const decided = this.#hub.state(slug) !== undefined
    return decided ? this.#packager.get(slug) !== undefined : this.#packaging.mode !== 'off'
  }

  rewindSeconds(slug: string): number {
    if (!this.packaged(slug)) return 0
    const { dvrSeconds } = this.#packager.get(slug) ?? this.#packaging
    return dvrSeconds
  }

  broadcastId(slug: string): string | undefined {
    return this.#hub.state(slug)?.broadcastId
  }

  get(slug: string): LiveFacts | undefined {
    const live = this.#hub.state(slug)
    const presentation = this.#packager.get(slug)
    const track = presentation?.renditions[0]?.track
    const shown = {
      presentation: presentation?.ready === true ? presentation.revision : undefined,
      video: track === undefined ? undefined : pictureSize(track.codec),
      still: this.#stills.current(slug),
    }
    if (live !== undefined) {
      const starting = live.state === 'live' && presentation !== undefined && !presentation.ready
      const { startedAtMs, graceEndsAtMs } = live
      return { state: starting ? 'starting' : live.state, startedAtMs, graceEndsAtMs, endedAtMs: undefined, ...shown }
    }
    if (presentation?.ended !== true || !presentation.ready) return undefined
    const { startedAtMs, endedAtMs } = presentation
    return { state: 'ended', startedAtMs, endedAtMs, graceEndsAtMs: undefined, ...shown }
  }

  subscribe(slug: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(slug) ?? new Set()
    this.#listeners.set(slug, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(slug)
    }
  }

  end(slug: string, reason: string): boolean {
    return this.#hub.end(slug, reason)
  }

  keyInUse(slug: string): string | undefined {
    return this.#hub.keyInUse(slug)
  }

  revoke(slug: string, keyIds: readonly string[], reason: string): boolean {
    return this.#hub.revoke(slug, keyIds, reason)
  }
}
