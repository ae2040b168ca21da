import { loadArea } from './area.ts'
import { people } from './en/people.ts'
import { words as common } from './words.ts'

/** Every word of admins’ pages about people; to be read as those of `words.ts`, which are among them. */
export let words = { ...common, people }

loadArea(
  people,
  async () => (await import('./de/people.ts')).people,
  (texts) => {
    words = { ...common, people: texts }
  },
)
