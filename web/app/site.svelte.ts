import type { Site } from '../../src/contract/channel.ts'
import { api } from '../api/client.ts'
import { words } from '../words/words.ts'
import { bootSite } from './boot.ts'

let name = $state<string | null>(bootSite?.name ?? null)
/** What RTMP has by default. */
const usualPort = 1935
let rtmpPort = $state(bootSite?.rtmpPort ?? usualPort)
let rtmpsPort = $state(bootSite?.rtmpsPort ?? null)
let signUp = $state<Site['signUp']>(bootSite?.signUp ?? 'closed')
let mail = $state(bootSite?.mail ?? false)

/** Whose page this is. */
export const site = {
  get name(): string {
    return name ?? words.site.fallbackName
  },
  /** What an encoder is given as its server. */
  get rtmpServer(): string {
    return `rtmp://${location.hostname}${rtmpPort === usualPort ? '' : `:${rtmpPort}`}/live`
  },
  /** The same over TLS; null: not offered. Its port is always written, as encoders think of 443. */
  get rtmpsServer(): string | null {
    return rtmpsPort === null ? null : `rtmps://${location.hostname}:${rtmpsPort}/live`
  },
  /** Who may make an account. */
  get signUp(): Site['signUp'] {
    return signUp
  },
  /** It can send mail. */
  get mail(): boolean {
    return mail
  },
}

export async function loadSite(): Promise<void> {
  if (bootSite !== null) return
  const answer = await api.site().catch(() => null)
  if (answer === null) {
    setTimeout(() => void loadSite(), 4000)
    return
  }
  name = answer.name
  rtmpPort = answer.rtmpPort ?? usualPort
  rtmpsPort = answer.rtmpsPort
  signUp = answer.signUp
  mail = answer.mail
}
