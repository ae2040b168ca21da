import type { Target } from '../target.ts'
import { httpTargets } from './http.ts'
import { mediaTargets } from './media.ts'
import { publishTargets } from './publish.ts'
import { rtmpTargets } from './rtmp.ts'
import { textTargets } from './texts.ts'

/** Every parser that reads from the network, and the configuration. */
export const targets = [
  ...rtmpTargets,
  ...mediaTargets,
  ...publishTargets,
  ...httpTargets,
  ...textTargets,
] as readonly Target[]
