import type { Channel } from '../../src/contract/channel.ts'
import { takeChannel } from '../app/boot.ts'
import { api } from './client.ts'

let asked: { readonly slug: string; readonly answer: Promise<Channel> } | null = null

/** Asks for a channel before the page that shows it is there. */
export function askAhead(slug: string): void {
  const answer = api.channel(slug)
  // Whoever takes it deals with it; nobody may.
  answer.catch(() => undefined)
  asked = { slug, answer }
}

/** The channel: as the document has it, once, or as it was asked for ahead, once, else asked for now. */
export function firstChannel(slug: string): Promise<Channel> {
  const known = takeChannel(slug)
  if (known !== null) return Promise.resolve(known)
  const ahead = asked
  asked = null
  return ahead?.slug === slug ? ahead.answer : api.channel(slug)
}
