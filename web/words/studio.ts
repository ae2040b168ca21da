import { loadArea } from './area.ts'
import { studio } from './en/studio.ts'
import { words as common } from './words.ts'

/** Every word of where people broadcast from; to be read as those of `words.ts`, which are among them. */
export let words = { ...common, studio }

loadArea(
  studio,
  async () => (await import('./de/studio.ts')).studio,
  (texts) => {
    words = { ...common, studio: texts }
  },
)
