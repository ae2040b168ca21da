import type { app as en } from '../en/app.ts'

export const app: typeof en = {
  look: {
    open: 'Sprache und Aussehen',
    language: 'Sprache',
    asBrowser: 'Wie im Browser',
    theme: 'Farben',
    themes: { system: 'Wie das Gerät', light: 'Hell', dark: 'Dunkel' },
    close: 'Schließen',
  },
  install: {
    title: 'Als App',
    offer: (name) => `${name} auf diesem Gerät behalten: Die Seite öffnet sich dann wie eine App.`,
    yes: 'Installieren',
    no: 'Nicht jetzt',
    installed: 'Die App ist auf diesem Gerät installiert.',
    insecure:
      'Installieren lässt sich eine Seite nur von einer https-Adresse. Wer diesen Server betreibt, kann das einrichten.',
    browser: 'Wenn dieser Browser Seiten installieren kann, steht „Installieren“ oder „Zum Startbildschirm“ im Menü.',
    ios: ['In der Leiste des Browsers auf „Teilen“ tippen', '„Zum Home-Bildschirm“ wählen'],
  },
  offline: {
    title: (name) => `${name} ist nicht erreichbar`,
    device: 'Dieses Gerät hat keine Verbindung. Sobald sie wieder da ist, kommt die Seite von selbst zurück.',
    server: 'Der Server antwortet nicht. Wir versuchen es weiter, und die Seite kommt von selbst zurück.',
    retry: 'Noch einmal versuchen',
  },
  share: {
    title: (name) => `${name} teilen`,
    link: 'Link',
    embed: 'Player für eine andere Website',
    embedHint: 'Für den Quelltext einer Seite. Die Website muss zu denen gehören, die dieser Server erlaubt.',
    scan: 'Die Kamera eines Telefons öffnet von hier aus die Seite.',
    close: 'Schließen',
  },
  copy: { copy: 'Kopieren', copied: 'Kopiert' },
  embed: {
    watchAt: (site) => `Bei ${site} ansehen`,
  },
}
