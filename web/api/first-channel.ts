import type { Channel } from '../../src/contract/channel.ts'
import { api } from './client.ts'

let asked: { readonly slug: string; readonly answer: Promise<Channel> } | null = null

/** Asks for a channel before the page that shows it is there. */
export function askAhead(slug: string): void {
  const answer = api.channel(slug)
  // Whoever takes it deals with it; nobody may.
  answer.catch(() => undefined)
  asked = { slug, answer }
}

/** The channel: what was asked ahead, once, else asked now. */
export function firstChannel(slug: string): Promise<Channel> {
  const ahead = asked
  asked = null
  return ahead?.slug === slug ? ahead.answer : api.channel(slug)
}
