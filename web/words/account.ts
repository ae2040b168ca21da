import { loadArea } from './area.ts'
import { account } from './en/account.ts'
import { words as common } from './words.ts'

/** Every word of signing in and of a person’s own page; to be read as those of `words.ts`, which are among them. */
export let words = { ...common, account }

loadArea(
  account,
  async () => (await import('./de/account.ts')).account,
  (texts) => {
    words = { ...common, account: texts }
  },
)
