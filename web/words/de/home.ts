import type { home as en } from '../en/home.ts'

export const home: typeof en = {
  onNow: 'Läuft gerade',
  live: 'Live',
  alsoLive: 'Auch live',
  watch: 'Jetzt ansehen',
  channels: 'Kanäle',
  following: 'Gefolgt',
  others: 'Weitere Kanäle',
  onAir: 'Gerade auf Sendung',
  starting: 'Beginnt gleich',
  offAir: 'Nicht auf Sendung',
  began: (ago) => `Begonnen ${ago}`,
  nothingTitle: 'Gerade läuft keine Sendung',
  nothingText: 'Sobald eine Sendung beginnt, erscheint sie hier von selbst.',
  noChannelsText: 'Es gibt noch keinen Kanal. Die Verwaltung legt den ersten an.',
  toAdmin: 'Kanal anlegen',
  failed: 'Die Liste der Kanäle ist nicht erreichbar. Wir versuchen es weiter.',
}
