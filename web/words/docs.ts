import { loadArea } from './area.ts'
import { docs } from './en/docs.ts'
import { words as common } from './words.ts'

/** Every word of the API’s pages; to be read as those of `words.ts`, which are among them. */
export let words = { ...common, docs }

loadArea(
  docs,
  async () => (await import('./de/docs.ts')).docs,
  (texts) => {
    words = { ...common, docs: texts }
  },
)
