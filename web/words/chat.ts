import { loadArea } from './area.ts'
import { chat } from './en/chat.ts'
import { words as common } from './words.ts'

/** Every word of the chat; to be read as those of `words.ts`, which are among them. */
export let words = { ...common, chat }

loadArea(
  chat,
  async () => (await import('./de/chat.ts')).chat,
  (texts) => {
    words = { ...common, chat: texts }
  },
)
