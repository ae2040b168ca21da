import { app } from './en/app.ts'
import { errors } from './en/errors.ts'
import { home } from './en/home.ts'
import { player } from './en/player.ts'
import { site } from './en/site.ts'
import { viewers } from './en/viewers.ts'
import { watch } from './en/watch.ts'

/** Every word of the first page that somebody opens, in English; areas that come later have files of their own beside this. Plain, short, on the reader’s side: what happened, what we do, what you can do. */
export const en = {
  app,
  errors,
  home,
  player,
  site,
  viewers,
  watch,
}

/** Every language satisfies it. */
export type Words = typeof en
