import { admin } from './de/admin.ts'
import { app } from './de/app.ts'
import { chat } from './de/chat.ts'
import { docs } from './de/docs.ts'
import { errors } from './de/errors.ts'
import { home } from './de/home.ts'
import { insight } from './de/insight.ts'
import { player } from './de/player.ts'
import { signIn } from './de/sign-in.ts'
import { site } from './de/site.ts'
import { viewers } from './de/viewers.ts'
import { watch } from './de/watch.ts'
import type { Words } from './en.ts'

/** Every word of the page, in German. */
export const de: Words = {
  admin,
  app,
  chat,
  docs,
  errors,
  home,
  insight,
  player,
  signIn,
  site,
  viewers,
  watch,
}
