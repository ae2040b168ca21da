import { renderMpd } from '../../formats/dash/render-mpd.ts'
import type { Presentation } from '../../packager/presentation.ts'
import { RenderedText } from '../rendered-text.ts'
import { describeMpd, type Stage } from './manifest.ts'
import { PeriodList } from './period-list.ts'

type Known = {
  readonly periods: PeriodList
  /** MPD@availabilityStartTime, milliseconds since 1970, once there is a Period. */
  startMs: number | undefined
  /** The state of the windows that was looked at last. */
  seen: string
  /** The text but for its publish time. */
  text: string
  revision: number
  rendered: RenderedText | undefined
}

/** By then everybody who plays has asked again, milliseconds. */
const ENDING_MS = 5000

/** The manifests of all presentations, kept until they change. Presentations nobody asks for cost nothing. */
export class Manifests {
  readonly #known = new WeakMap<Presentation, Known>()
  readonly #now: () => number

  /** @param now milliseconds since 1970 */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** @returns undefined while there is nothing to play */
  render(presentation: Presentation): RenderedText | undefined {
    let known = this.#known.get(presentation)
    if (known === undefined) {
      known = {
        periods: new PeriodList(presentation),
        startMs: undefined,
        seen: '',
        text: '',
        revision: 0,
        rendered: undefined,
      }
      this.#known.set(presentation, known)
    }
    const stage = this.#stageOf(presentation)
    const seen = `${stage} ${presentation.flowing} ${presentation.allRenditions.map(({ window }) => window.version).join(' ')}`
    if (seen === known.seen) return known.rendered
    known.seen = seen
    const periods = known.periods.update()
    // The first Period anybody was told of begins at zero: players differ on what lies before.
    known.startMs ??= periods[0]?.startMs
    const mpd = describeMpd(presentation, periods, known.startMs ?? presentation.startedAtMs, stage)
    if (mpd === undefined) return known.rendered
    const text = renderMpd(mpd)
    // Parts come and go; with numbered segments nothing of that shows here.
    if (text === known.text) return known.rendered
    known.text = text
    known.revision++
    const etag = `W/"${presentation.epoch.slice(0, 12)}.mpd.${known.revision}"`
    known.rendered = new RenderedText(renderMpd({ ...mpd, publishTime: this.#now() }), etag)
    return known.rendered
  }

  #stageOf({ endedAtMs }: Presentation): Stage {
    if (endedAtMs === undefined) return 'live'
    return this.#now() - endedAtMs < ENDING_MS ? 'ending' : 'over'
  }
}
