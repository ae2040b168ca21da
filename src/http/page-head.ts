import { accentStyle } from '../contract/accent.ts'
import type { Channel, Site } from '../contract/channel.ts'
import type { PageLanguage } from './page-words.ts'
import { pageWords } from './page-words.ts'

export type PictureSize = { readonly width: number; readonly height: number }

/** What a page is about. */
export type PageFacts = {
  readonly site: Site
  readonly language: PageLanguage
  /** `server.publicUrl`; without it nothing absolute is written, as `Host` may be anybody's word. */
  readonly publicUrl: string | undefined
  /** The channel at this address, for a watch page or an embedded player. */
  readonly channel: Channel | undefined
  /** Of the channel's poster, or of the picture of what is on air; pixels. */
  readonly poster?: PictureSize | undefined
  readonly page: 'home' | 'watch' | 'embed' | undefined
  /** Files that this page needs beside those of every page. */
  readonly files: readonly string[]
}

/** A picture for pages that have none: the mark, 1200 × 630. */
export const CARD = { path: '/icons/card.png', width: 1200, height: 630 } as const

/** As much of a description as cards of other programs show. */
const SUMMARY_LENGTH = 200

/** The part of `<head>` that differs from page to page. Everything in it is escaped. */
export function headOf({ site, language, publicUrl, channel, poster, page, files }: PageFacts): string {
  const words = pageWords(language)
  const description = channel === undefined ? words.home(site.name) : describe(channel, site, words)
  const title = channel === undefined ? site.name : `${channel.title} · ${site.name}`
  const lines = [`<title>${escapeHtml(title)}</title>`, meta('name', 'description', description)]
  const accent = channel?.accent ?? null
  if (accent !== null)
    lines.push(`<style id="accent" data-colour="${escapeHtml(accent)}">${accentStyle(accent)}</style>`)
  for (const file of files) lines.push(preload(file))
  // The player asks for it as soon as its library is there; the answer is to be there first. An embedded one may wait to be asked.
  const playlist = channel?.live === true ? channel.playback.hls : null
  if (page === 'watch' && files.length > 0 && playlist !== null)
    lines.push(`<link rel="preload" as="fetch" href="${escapeHtml(playlist)}" crossorigin />`)
  lines.push(...card({ site, publicUrl, channel, poster, description }))
  lines.push(
    `<script type="application/json" id="boot">${jsonInHtml({ site, channel: bootChannel(channel) })}</script>`,
  )
  return lines.join('\n    ')
}

function describe(channel: Channel, site: Site, words: ReturnType<typeof pageWords>): string {
  if (channel.live) return words.liveNow(channel.title, site.name)
  const own = channel.description.replace(/\s+/g, ' ')
  if (own === '') return words.channel(channel.title, site.name)
  return own.length <= SUMMARY_LENGTH ? own : `${own.slice(0, SUMMARY_LENGTH).replace(/\S*$/, '').trimEnd()}…`
}

/** Open Graph (ogp.me) and the cards of X/Twitter, which most chat programs read too; oEmbed 1.0, section 4. */
function card(
  facts: Pick<PageFacts, 'site' | 'publicUrl' | 'channel' | 'poster'> & { readonly description: string },
): string[] {
  const { site, publicUrl, channel, description } = facts
  const lines = [
    meta('property', 'og:site_name', site.name),
    meta('property', 'og:type', channel === undefined ? 'website' : 'video.other'),
    meta('property', 'og:title', channel?.title ?? site.name),
    meta('property', 'og:description', description),
    meta('name', 'twitter:card', publicUrl === undefined ? 'summary' : 'summary_large_image'),
  ]
  if (publicUrl === undefined) return lines
  const absolute = (path: string) => new URL(path, publicUrl).href
  const address = absolute(channel === undefined ? '/' : `/c/${channel.slug}`)
  const poster = channel?.poster ?? channel?.still ?? null
  const size = poster === null ? CARD : facts.poster
  lines.push(`<link rel="canonical" href="${escapeHtml(address)}" />`)
  lines.push(meta('property', 'og:url', address))
  lines.push(meta('property', 'og:image', absolute(poster ?? CARD.path)))
  lines.push(meta('property', 'og:image:alt', channel?.title ?? site.name))
  if (size !== undefined) lines.push(meta('property', 'og:image:width', String(size.width)))
  if (size !== undefined) lines.push(meta('property', 'og:image:height', String(size.height)))
  if (channel === undefined) return lines
  const oembed = `${absolute('/api/v1/oembed')}?url=${encodeURIComponent(address)}`
  lines.push(
    `<link rel="alternate" type="application/json+oembed" href="${escapeHtml(oembed)}" title="${escapeHtml(channel.title)}" />`,
  )
  return lines
}

/** What changes by the minute comes by the page's WebSocket; here it would only make the page another one each time. */
function bootChannel(channel: Channel | undefined): Channel | null {
  return channel === undefined ? null : { ...channel, viewers: 0 }
}

function preload(file: string): string {
  return file.endsWith('.css')
    ? `<link rel="preload" as="style" href="${escapeHtml(file)}" crossorigin />`
    : `<link rel="modulepreload" href="${escapeHtml(file)}" crossorigin />`
}

function meta(kind: 'name' | 'property', key: string, content: string): string {
  return `<meta ${kind}="${key}" content="${escapeHtml(content)}" />`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For text and for attributes in quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '')
}

/** JSON that can't end the `<script>` it is in, whatever its strings are (HTML, 4.12.1.3). */
export function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}
