import type { site as en } from '../en/site.ts'

export const site: typeof en = {
  main: 'Hauptbereiche',
  home: 'Start',
  admin: 'Verwaltung',
  api: 'API',
  skip: 'Zum Inhalt springen',
  fallbackName: 'Live',
  footer: (name) => `${name} betreibt dies auf dem eigenen Server: ohne Werbung, und niemand wird verfolgt.`,
  title: (page, site) => `${page} · ${site}`,
  loading: 'Wird geladen',
  signIn: 'Anmelden',
  account: (name) => `Ihr Konto, ${name}`,
  adminToken: 'Admin-Token',
}
