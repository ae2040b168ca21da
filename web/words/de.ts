import { app } from './de/app.ts'
import { errors } from './de/errors.ts'
import { home } from './de/home.ts'
import { player } from './de/player.ts'
import { site } from './de/site.ts'
import { viewers } from './de/viewers.ts'
import { watch } from './de/watch.ts'
import type { Words } from './en.ts'

/** The same in German. */
export const de: Words = {
  app,
  errors,
  home,
  player,
  site,
  viewers,
  watch,
}
