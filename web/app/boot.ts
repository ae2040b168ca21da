import type { Channel, Site } from '../../src/contract/channel.ts'

/** What the server wrote into the document, so that the page needn't ask for it first. */
export type Boot = { readonly site: Site | null; readonly channel: Channel | null }

function read(): Boot {
  try {
    const text = document.getElementById('boot')?.textContent ?? ''
    if (text !== '') return JSON.parse(text) as Boot
  } catch {
    // A proxy may have changed the document; everything in it can be asked for too.
  }
  return { site: null, channel: null }
}

const boot = read()
let fresh = true

/** The playlist of the broadcast on air in the document's channel. */
export const bootPlaylist: string | null = boot.channel?.live ? boot.channel.playback.hls : null

export const bootSite: Site | null = boot.site

/** The document says what its channel is doing. */
export const hasChannel: boolean = boot.channel !== null

/** Whether a page of this channel has its chat, as the document says; null: it says nothing of it. */
export function bootChat(slug: string): boolean | null {
  return boot.channel?.slug === slug ? boot.channel.chat : null
}

/** The channel of the page that was asked for, once: later it has changed. */
export function takeChannel(slug: string): Channel | null {
  const channel = fresh && boot.channel?.slug === slug ? boot.channel : null
  fresh = false
  return channel
}

/** The service worker's document: the server could not be reached. */
export const isOffline: boolean = document.documentElement.hasAttribute('data-offline')
