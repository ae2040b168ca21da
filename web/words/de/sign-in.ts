import type { signIn as en } from '../en/sign-in.ts'

export const signIn: typeof en = {
  title: 'Anmelden',
  text: 'Für alle, die diesen Server betreiben. Zum Zusehen braucht es kein Konto.',
  token: 'Admin-Token',
  hint: 'Der Server hat es beim ersten Start angezeigt. Verloren? „streamhost token“ auf dem Server (aus dem Quelltext: „npm run streamhost -- token“) erzeugt ein neues.',
  show: 'Zeigen',
  hide: 'Verbergen',
  send: 'Anmelden',
  sending: 'Anmeldung läuft',
  empty: 'Bitte das Admin-Token eingeben.',
  wrong:
    'Das ist nicht das Admin-Token. Es beginnt mit at_; bitte vollständig kopieren, und nicht den Stream-Schlüssel.',
  signedIn: 'Angemeldet.',
  out: 'Abmelden',
}
