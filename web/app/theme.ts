import { keep, recall } from './kept.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** `--bg` of tokens.css: what the browser's own frame is painted with. */
const ground = { light: '#f3f6f5', dark: '#0c1211' } as const

export function chosenTheme(): Theme {
  const kept = recall('theme')
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

export function chooseTheme(theme: Theme): void {
  keep('theme', theme === 'system' ? null : theme)
  showTheme()
}

/** Shows what was chosen. The document comes so already, but from the service worker's cache. */
export function showTheme(): void {
  const theme = chosenTheme()
  const root = document.documentElement
  if (theme === 'system') delete root.dataset.theme
  else root.dataset.theme = theme
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = meta.media.includes('dark') ? 'dark' : 'light'
    meta.content = ground[theme === 'system' ? own : theme]
  }
}
