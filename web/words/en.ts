import { admin } from './en/admin.ts'
import { app } from './en/app.ts'
import { chat } from './en/chat.ts'
import { docs } from './en/docs.ts'
import { errors } from './en/errors.ts'
import { home } from './en/home.ts'
import { insight } from './en/insight.ts'
import { player } from './en/player.ts'
import { signIn } from './en/sign-in.ts'
import { site } from './en/site.ts'
import { viewers } from './en/viewers.ts'
import { watch } from './en/watch.ts'

/** Every word of the page, in English. Plain, short, on the reader’s side: what happened, what we do, what you can do. */
export const en = {
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

/** Every language satisfies it. */
export type Words = typeof en
