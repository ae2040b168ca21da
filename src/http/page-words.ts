/**
 * The few words that are in a page before its script runs, for readers and for programs that read no script. All
 * others are the web app's own.
 */
const WORDS = {
  en: {
    home: (site: string) => `What ${site} broadcasts live, and what is on right now.`,
    channel: (title: string, site: string) => `Watch ${title} live at ${site}.`,
    liveNow: (title: string, site: string) => `${title} is live now at ${site}.`,
    onNow: 'On now',
    channels: 'Manage channels',
    noScript: 'This page needs JavaScript to play the picture.',
  },
  de: {
    home: (site: string) => `Was ${site} live überträgt, und was gerade läuft.`,
    channel: (title: string, site: string) => `${title} live bei ${site} ansehen.`,
    liveNow: (title: string, site: string) => `${title} ist gerade live bei ${site}.`,
    onNow: 'Läuft gerade',
    channels: 'Kanäle verwalten',
    noScript: 'Um das Bild zu zeigen, braucht diese Seite JavaScript.',
  },
}

export type PageLanguage = keyof typeof WORDS
export type PageWords = (typeof WORDS)[PageLanguage]

export function pageWords(language: PageLanguage): PageWords {
  return WORDS[language]
}

/** How much of a header is read. */
const MAX_RANGES = 20

/**
 * The reader's choice, else the best of `Accept-Language` that we speak (RFC 9110, 12.5.4), else English.
 * @param chosen what the page's own cookie says
 */
export function pageLanguage(chosen: string | undefined, header: string | undefined): PageLanguage {
  if (isPageLanguage(chosen)) return chosen
  let best: { language: PageLanguage; weight: number } | undefined
  for (const range of (header ?? '').split(',', MAX_RANGES)) {
    const [tag = '', quality = 'q=1'] = range.split(';')
    const language = tag.trim().toLowerCase().split('-', 1)[0]
    const weight = Number(/^\s*q=([\d.]{1,5})\s*$/i.exec(quality)?.[1] ?? 0)
    if (isPageLanguage(language) && weight > (best?.weight ?? 0)) best = { language, weight }
  }
  return best?.language ?? 'en'
}

function isPageLanguage(value: string | undefined): value is PageLanguage {
  return value !== undefined && Object.hasOwn(WORDS, value)
}
