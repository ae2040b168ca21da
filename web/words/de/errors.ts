import type { errors as en } from '../en/errors.ts'

export const errors: typeof en = {
  unreachable: 'Der Server antwortet nicht. Bitte die Verbindung prüfen und es noch einmal versuchen.',
  unknown: 'Das hat nicht geklappt. Bitte gleich noch einmal versuchen.',
  signedOut: 'Die Anmeldung ist abgelaufen. Bitte neu anmelden.',
  /** Problems of the server by the last part of their type. */
  problems: {
    invalid: 'Etwas an der Eingabe stimmt nicht.',
    malformed: 'Die Anfrage war nicht zu verstehen.',
    unauthorized: 'Bitte anmelden.',
    'session-expired': 'Die Anmeldung ist abgelaufen. Bitte neu anmelden.',
    forbidden: 'Das ist hier nicht erlaubt.',
    'not-found': 'Das gibt es hier nicht oder nicht mehr.',
    'method-not-allowed': 'Das geht hier nicht.',
    conflict: 'Das ist schon vergeben.',
    configuration: 'Die Konfiguration hat einen Fehler. Es bleibt bei der bisherigen.',
    'too-large': 'Das ist zu groß.',
    'unsupported-type': 'Diese Art von Inhalt wird nicht verstanden.',
    unsupported: 'Das wird nicht unterstützt.',
    limit: 'Zu viel auf einmal. Bitte einen Moment warten.',
    internal: 'Dem Server ist ein Fehler unterlaufen.',
    unavailable: 'Das geht gerade nicht. Bitte noch einmal versuchen.',
  },
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
