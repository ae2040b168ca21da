import { loadArea } from './area.ts'
import { admin } from './en/admin.ts'
import { words as common } from './words.ts'

/** Every word of the admin’s pages; to be read as those of `words.ts`, which are among them. */
export let words = { ...common, admin }

loadArea(
  admin,
  async () => (await import('./de/admin.ts')).admin,
  (texts) => {
    words = { ...common, admin: texts }
  },
)
