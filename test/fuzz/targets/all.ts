import type { Target } from '../target.ts'
import { httpTargets } from './http.ts'
import { http1Targets } from './http1.ts'
import { http2Targets } from './http2.ts'
import { mediaTargets } from './media.ts'
import { publishTargets } from './publish.ts'
import { rtmpTargets } from './rtmp.ts'
import { segmentTargets } from './segments.ts'
import { textTargets } from './texts.ts'

/** Every parser that reads from the network, the configuration, and what is read back from the disk. */
export const targets = [
  ...rtmpTargets,
  ...mediaTargets,
  ...publishTargets,
  ...httpTargets,
  ...http1Targets,
  ...http2Targets,
  ...textTargets,
  ...segmentTargets,
] as readonly Target[]
