import type { admin as en } from '../en/admin.ts'
import { plural } from '../plural.ts'

export const admin: typeof en = {
  title: 'Kanäle',
  allOff: 'Keine Sendung läuft',
  onAir: (count) => plural(count, { one: 'Eine Sendung läuft', other: '# Sendungen laufen' }),
  noChannels: 'Noch kein Kanal. Unten lässt sich der erste anlegen.',
  columns: { channel: 'Kanal', state: 'Zustand', watching: 'Zuschauende', actions: 'Aktionen' },
  states: {
    offline: 'Nicht auf Sendung',
    starting: 'Beginnt',
    live: 'Auf Sendung',
    reconnecting: 'Verbindet neu',
    ended: 'Beendet',
  },
  make: {
    title: 'Kanal anlegen',
    name: 'Name',
    nameHint: 'So, wie ihn das Publikum liest: Gemeinderat, Sonntagsgottesdienst.',
    slug: 'Adresse',
    slugHint: (origin) => `Das Ende der Seitenadresse: ${origin}/c/…`,
    slugEmpty: 'Bitte eine Adresse für den Kanal eingeben.',
    slugWrong:
      'Erlaubt sind a bis z, 0 bis 9, - und _; am Anfang ein Buchstabe oder eine Ziffer, höchstens 64 Zeichen.',
    send: 'Kanal anlegen',
  },
  key: {
    madeTitle: (name) => `${name} ist bereit`,
    rotatedTitle: (name) => `Neuer Schlüssel für ${name}`,
    once: 'Bitte den Schlüssel jetzt kopieren. Er wird nicht noch einmal gezeigt.',
    server: 'Server',
    encrypted: 'Server, verschlüsselt',
    key: 'Stream-Schlüssel',
    page: 'Seite für das Publikum',
    done: 'Schlüssel ist kopiert',
  },
  watch: 'Seite öffnen',
  rotate: 'Neuer Schlüssel',
  end: 'Sendung beenden',
  remove: 'Löschen',
  cancel: 'Abbrechen',
  askRotate: {
    title: (name) => `Neuen Schlüssel für ${name} erzeugen?`,
    text: 'Der alte Schlüssel gilt ab sofort nicht mehr. Der neue gehört in den Encoder.',
    yes: 'Schlüssel erzeugen',
  },
  askEnd: {
    title: (count) =>
      plural(count, { one: 'Sendung für eine Person beenden?', other: 'Sendung für # Personen beenden?' }),
    none: 'Sendung beenden?',
    text: 'Der Encoder wird getrennt, und das Publikum sieht, dass die Sendung vorbei ist.',
    yes: 'Sendung beenden',
  },
  askRemove: {
    title: (name) => `${name} löschen?`,
    text: 'Die Seite, der Schlüssel und eine laufende Sendung verschwinden mit. Das lässt sich nicht rückgängig machen.',
    yes: 'Kanal löschen',
  },
  ended: 'Sendung beendet',
  removed: 'Kanal gelöscht',
}
