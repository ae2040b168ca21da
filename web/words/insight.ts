import { loadArea } from './area.ts'
import { insight } from './en/insight.ts'
import { words as common } from './words.ts'

/** Every word of admins’ and streamers’ pages about broadcasts; to be read as those of `words.ts`, which are among them. */
export let words = { ...common, insight }

loadArea(
  insight,
  async () => (await import('./de/insight.ts')).insight,
  (texts) => {
    words = { ...common, insight: texts }
  },
)
