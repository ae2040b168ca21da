import type { watch as en } from '../en/watch.ts'

export const watch: typeof en = {
  player: 'Player',
  video: (title) => `Live-Bild von ${title}`,
  about: 'Über diese Sendung',
  chat: 'Chat',
  back: 'Zurück zum Start',
  live: 'Live',
  behind: (time) => `${time} verzögert`,
  share: 'Teilen',
  follow: {
    follow: 'Folgen',
    following: 'Gefolgt',
    done: (name) => `Sie folgen ${name}`,
    undone: (name) => `Sie folgen ${name} nicht mehr`,
    undo: 'Rückgängig',
  },
  linkCopied: 'Link kopiert',
  linkNotCopied: 'Der Link ließ sich nicht kopieren. Er steht in der Adresszeile.',
  began: (time) => `Begonnen um ${time}`,
  ended: (ago) => `Beendet ${ago}`,
  notOnAir: 'Nicht auf Sendung',
  waitingForPicture: 'Warten auf das Bild',
  offline: {
    title: (name) => `${name} ist nicht auf Sendung`,
    text: 'Die Seite kann offen bleiben. Sobald die Sendung beginnt, startet sie hier von selbst.',
  },
  next: {
    title: (name) => `Als Nächstes: ${name}`,
    late: (time) => `Der Beginn war für ${time} angekündigt. Sobald die Sendung beginnt, startet sie hier von selbst.`,
    calendar: 'In den Kalender',
  },
  more: 'Mehr anzeigen',
  less: 'Weniger anzeigen',
  tags: 'Schlagwörter',
  starting: {
    title: 'Das Bild ist unterwegs',
    text: 'Die Sendung beginnt gerade. Sie startet hier von selbst.',
  },
  noPicture: {
    title: 'Hier gibt es zurzeit kein Live-Bild',
    text: 'Dieser Server erzeugt im Moment kein Live-Bild für Browser. Sobald er es wieder tut, startet die Sendung hier von selbst.',
  },
  reconnecting: {
    title: 'Die Verbindung wird wiederhergestellt',
    chip: 'Sender verbindet neu',
    text: 'Der Platz bleibt erhalten, und es geht von selbst weiter.',
    left: (seconds) => `noch ${seconds} s`,
  },
  returning: {
    title: 'Das Bild ist unterwegs',
    text: 'Der Platz blieb erhalten, und es geht gleich von selbst weiter.',
  },
  held: {
    title: 'Das Bild stockt',
    text: 'Die Internetverbindung ist gerade langsam. Es geht von selbst weiter.',
  },
  server: {
    title: 'Der Server antwortet nicht',
    text: 'Wir versuchen es weiter, und es geht von selbst weiter.',
  },
  network: {
    title: 'Keine Internetverbindung',
    text: 'Sobald die Verbindung wieder da ist, geht es weiter.',
  },
  over: {
    title: (name) => `Das war ${name}`,
    text: 'Danke fürs Zusehen. Die nächste Sendung startet hier von selbst.',
  },
  cannotPlay: {
    title: 'Dieser Browser kann das Bild nicht zeigen',
    text: 'Eine neuere Version oder ein anderer Browser hilft. Am Bedienen lag es nicht.',
  },
  playerFailed: {
    title: 'Der Player wurde nicht geladen',
    text: 'Bitte die Verbindung prüfen und es noch einmal versuchen.',
    retry: 'Noch einmal versuchen',
  },
  missing: {
    title: 'Diesen Kanal gibt es nicht',
    text: 'Vielleicht ist die Adresse falsch geschrieben, oder der Kanal wurde gelöscht.',
    home: 'Was gerade läuft',
  },
  blocked: { play: 'Abspielen', sound: 'Ton einschalten' },
  paused: 'Pausiert',
  goToLive: 'Zum Live-Bild',
  atLive: 'Live dabei',
  elapsed: 'Seit Beginn',
  controls: 'Steuerung des Players',
  keys: 'Tastenkürzel',
  close: 'Schließen',
  note: 'Diese Seite beginnt und endet mit der Sendung von selbst. Die Adresse bleibt dieselbe.',
}
