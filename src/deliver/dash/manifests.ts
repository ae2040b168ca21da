import { renderMpd } from '../../formats/dash/render-mpd.ts'
import type { Presentation } from '../../packager/presentation.ts'
import type { Rendition } from '../../packager/rendition.ts'
import { RenderedText } from '../rendered-text.ts'
import { RewindView, rewindVersion } from '../rewind.ts'
import { describeMpd, type Stage } from './manifest.ts'
import { PeriodList, type PeriodsNote } from './period-list.ts'

/** The live window, or all that can be rewound to: two manifests, each with Periods of its own. */
type Kind = 'live' | 'rewind'
/** What is kept for a process after this one. */
type ManifestNote = { readonly startMs: number | undefined; readonly periods: PeriodsNote }
const NOTES: Readonly<Record<Kind, string>> = { live: 'dash', rewind: 'dash-rewind' }

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
  readonly #known: Readonly<Record<Kind, WeakMap<Presentation, Known>>> = { live: new WeakMap(), rewind: new WeakMap() }
  readonly #views = new WeakMap<Rendition, RewindView>()
  readonly #now: () => number

  /** @param now milliseconds since 1970 */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /**
   * @param rewind all that can be rewound to, its segments always listed
   * @returns undefined while there is nothing to play
   */
  render(presentation: Presentation, rewind = false): RenderedText | undefined {
    const kind = rewind ? 'rewind' : 'live'
    const known = this.#knownOf(presentation, kind)
    const stage = this.#stageOf(presentation)
    const versions = presentation.allRenditions.map((each) => (rewind ? rewindVersion(each) : each.window.version))
    const seen = `${stage} ${presentation.flowing} ${versions.join(' ')}`
    if (seen === known.seen) return known.rendered
    known.seen = seen
    const periods = known.periods.update()
    // The first Period anybody was told of begins at zero: players differ on what lies before.
    known.startMs ??= periods[0]?.startMs
    const depth = rewind ? presentation.rewindSeconds : presentation.windowSeconds
    const mpd = describeMpd(presentation, periods, known.startMs ?? presentation.startedAtMs, stage, depth)
    if (mpd === undefined) return known.rendered
    const text = renderMpd(mpd)
    // Parts come and go; with numbered segments nothing of that shows here.
    if (text === known.text) return known.rendered
    known.text = text
    known.revision++
    presentation.keeper?.note(NOTES[kind], {
      startMs: known.startMs,
      periods: known.periods.note,
    } satisfies ManifestNote)
    const etag = `W/"${presentation.epoch.slice(0, 12)}.mpd.${kind}.${known.revision}"`
    known.rendered = new RenderedText(renderMpd({ ...mpd, publishTime: this.#now() }), etag)
    return known.rendered
  }

  #knownOf(presentation: Presentation, kind: Kind): Known {
    let known = this.#known[kind].get(presentation)
    if (known === undefined) {
      // Of a process before this one: what players were told there stays true.
      const noted = presentation.keeper?.noted(NOTES[kind]) as ManifestNote | undefined
      const renditions =
        kind === 'live'
          ? () => presentation.allRenditions
          : () => presentation.allRenditions.map((rendition) => this.#viewOf(rendition))
      known = {
        periods: new PeriodList(presentation, renditions, { numbers: kind === 'live', noted: noted?.periods }),
        startMs: noted?.startMs,
        seen: '',
        text: '',
        revision: 0,
        rendered: undefined,
      }
      this.#known[kind].set(presentation, known)
    }
    return known
  }

  #viewOf(rendition: Rendition): RewindView {
    const view = this.#views.get(rendition) ?? new RewindView(rendition)
    this.#views.set(rendition, view)
    return view
  }

  #stageOf({ endedAtMs }: Presentation): Stage {
    if (endedAtMs === undefined) return 'live'
    return this.#now() - endedAtMs < ENDING_MS ? 'ending' : 'over'
  }
}
