/** The page as an app: its language and look, installing it, sharing it, and what it says without a server. */
export const app = {
  look: {
    open: 'Language and look',
    language: 'Language',
    asBrowser: 'As the browser says',
    theme: 'Colours',
    themes: { system: 'As the device', light: 'Light', dark: 'Dark' },
    close: 'Close',
  },
  install: {
    title: 'As an app',
    offer: (name: string) => `Keep ${name} on this device: it opens like an app.`,
    yes: 'Install',
    no: 'Not now',
    installed: 'It is installed on this device.',
    insecure: 'A page can be installed only from an https address. Whoever runs this server can set that up.',
    browser: 'If this browser can install pages, its menu has “Install” or “Add to home screen”.',
    ios: ['Tap Share in the bar of the browser', 'Choose “Add to Home Screen”'] as readonly [string, string],
  },
  offline: {
    title: (name: string) => `${name} can’t be reached`,
    device: 'This device has no connection. The page comes back by itself when it has.',
    server: 'The server does not answer. We keep trying, and the page comes back by itself.',
    retry: 'Try again',
  },
  share: {
    title: (name: string) => `Share ${name}`,
    link: 'Link',
    embed: 'Player for another site',
    embedHint: 'For the source of a page. The site must be among those that this server allows.',
    scan: 'A phone’s camera opens the page from here.',
    close: 'Close',
  },
  copy: { copy: 'Copy', copied: 'Copied' },
  embed: {
    watchAt: (site: string) => `Watch at ${site}`,
  },
}
