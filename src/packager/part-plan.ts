/**
 * How long parts are. RFC 8216bis 4.4.4.9 wants every part between 85 % and 100 % of PART-TARGET, but for the last of a
 * segment; hls.js wants no short last part either (docs/decisions/0002-parts-without-a-short-tail.md). So a segment is
 * divided evenly, at whole frames, and PART-TARGET lies a little above the longest part. All times in seconds.
 */
export type PartPlan = {
  /** The ideal distance of part boundaries; real ones lie at the nearest frame. */
  readonly part: number
  /** PART-TARGET that fits parts of this length. */
  readonly partTarget: number
}

export type PartPlanInput = {
  /** The profile's part: 1/3 or 1/4. */
  readonly nominal: number
  /** How long the segment will be, as far as one can tell. */
  readonly segment: number
  /** Distance of frames. */
  readonly frame: number
  /** The plan of the segment before: its PART-TARGET is published and never changes. */
  readonly previous?: PartPlan | undefined
  /** Renditions that are cut at the same ideal boundaries, with their own frames and PART-TARGETs. */
  readonly followers?: readonly Follower[]
}

export type Follower = { readonly frame: number; readonly partTarget: number }

/** What PART-TARGET is above the ideal part where the frames allow it. */
const MARGIN = 0.03
/** RTMP's milliseconds round a part's length by as much. */
const ROUNDING = 0.002
const SHORTEST = 0.85
/** So many frames may a part be off a whole number: eight of them still end at the same frames. More than the rate's own error. */
const WHOLE = 0.05

/** The plan whose parts are nearest to the profile's among those that divide the segment evenly and keep the 85 % rule. */
export function planParts({ nominal, segment, frame, previous, followers = [] }: PartPlanInput): PartPlan {
  const fewest = Math.max(1, Math.ceil(segment / (nominal * 1.3)))
  const most = Math.max(fewest, Math.floor(segment / (nominal * 0.8)))
  let best: PartPlan | undefined
  for (let count = fewest; count <= most; count++) {
    const part = segment / count
    if (!followers.every((follower) => fit(part, follower.frame, follower.partTarget))) continue
    const plan = fit(part, frame, previous?.partTarget)
    if (plan && (best === undefined || Math.abs(part - nominal) < Math.abs(best.part - nominal))) best = plan
  }
  if (best) return best
  // No even division fits: parts as before, or whole frames, and whatever remains at the end of the segment.
  if (previous) return previous
  const part = Math.max(1, Math.round(nominal / frame)) * frame
  return { part, partTarget: part + MARGIN }
}

/** PART-TARGET for an audio rendition whose parts are cut at the frames nearest to the video's ideal boundaries. */
export function audioPartTarget(part: number, frame: number): number {
  const { lowest, highest } = targets(part, frame)
  return clamp(part + MARGIN, lowest, Math.max(lowest, highest))
}

function fit(part: number, frame: number, partTarget: number | undefined): PartPlan | undefined {
  const { lowest, highest } = targets(part, frame)
  if (lowest > highest) return undefined
  if (partTarget === undefined) return { part, partTarget: clamp(part + MARGIN, lowest, highest) }
  return lowest <= partTarget && partTarget <= highest ? { part, partTarget } : undefined
}

/** The PART-TARGETs that parts with boundaries at the nearest frame allow. */
function targets(part: number, frame: number): { readonly lowest: number; readonly highest: number } {
  const frames = part / frame
  const whole = Math.round(frames)
  const even = whole > 0 && Math.abs(frames - whole) < WHOLE
  const shortest = even ? part : Math.floor(frames) * frame
  const longest = even ? part : Math.ceil(frames) * frame
  return { lowest: longest + ROUNDING, highest: (shortest - ROUNDING / 2) / SHORTEST }
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)
