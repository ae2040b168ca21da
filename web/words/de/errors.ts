import type { errors as en } from '../en/errors.ts'

export const errors: typeof en = {
  unreachable: 'Der Server antwortet nicht. Bitte die Verbindung prüfen und es noch einmal versuchen.',
  unknown: 'Das hat nicht geklappt. Bitte gleich noch einmal versuchen.',
  signedOut: 'Die Anmeldung ist abgelaufen. Bitte neu anmelden.',
  missing: {
    title: 'Diese Seite gibt es hier nicht',
    text: 'Vielleicht ist die Adresse falsch geschrieben, oder die Seite ist umgezogen.',
    home: 'Was gerade läuft',
  },
  loadFailed: {
    title: 'Dieser Teil der Seite wurde nicht geladen',
    text: 'Bitte die Verbindung prüfen und es noch einmal versuchen.',
    retry: 'Noch einmal versuchen',
  },
}
