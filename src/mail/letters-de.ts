import type { Words } from './words.ts'

const ROLES = { owner: 'zu leiten', streamer: 'zu bespielen', moderator: 'zu moderieren' } as const
const NOT_YOU = 'Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Ohne den Link geschieht nichts.'

export const german: Words = (letter, site) => {
  switch (letter.kind) {
    case 'invitation': {
      const who = letter.from === null ? 'Sie sind eingeladen' : `${letter.from} lädt Sie ein`
      const what =
        letter.channel === null ? '' : `, auf ${site} den Kanal „${letter.channel.title}“ ${ROLES[letter.channel.role]}`
      return {
        subject: `${who}: ${site}`,
        lines: [
          'Guten Tag,',
          `${who}${what === '' ? ` zu ${site}` : what}. Dieser Link legt Ihr Konto an oder gibt Ihrem vorhandenen die Rolle:`,
          letter.link,
          'Er gilt einmal, zwei Wochen lang und nur für Sie: Bitte geben Sie ihn nicht weiter.',
        ],
      }
    }
    case 'verify-email':
      return {
        subject: `Ihre E-Mail-Adresse bei ${site}`,
        lines: [
          `Guten Tag, ${letter.name},`,
          `mit diesem Link bestätigen Sie, dass dies Ihre Adresse bei ${site} ist:`,
          letter.link,
          `Er gilt einmal, zwei Tage lang. ${NOT_YOU} Öffnen Sie ihn dann bitte nicht: Das Passwort hat jemand anderes gewählt.`,
        ],
      }
    case 'has-account':
      return {
        subject: `Sie haben ein Konto bei ${site}`,
        lines: [
          `Guten Tag, ${letter.name},`,
          `jemand, vermutlich Sie, wollte mit dieser Adresse ein Konto bei ${site} anlegen. Es gibt schon eines: Melden Sie sich damit an.`,
          letter.link,
          'Dort können Sie auch ein neues Passwort setzen, falls Sie Ihres vergessen haben.',
        ],
      }
    case 'reset-password':
      return {
        subject: `Ein neues Passwort für ${site}`,
        lines: [
          `Guten Tag, ${letter.name},`,
          `mit diesem Link wählen Sie ein neues Passwort für ${site}:`,
          letter.link,
          `Er gilt einmal, eine Stunde lang. ${NOT_YOU}`,
        ],
      }
    case 'password-changed':
      return {
        subject: `Ihr Passwort bei ${site} wurde geändert`,
        lines: [
          `Guten Tag, ${letter.name},`,
          `Ihr Passwort bei ${site} wurde eben geändert, und Sie wurden überall sonst abgemeldet.`,
          'Wenn Sie das nicht waren, setzen Sie sofort ein anderes:',
          letter.link,
        ],
      }
    case 'email-changed':
      return {
        subject: `Ihre E-Mail-Adresse bei ${site} wurde geändert`,
        lines: [
          `Guten Tag, ${letter.name},`,
          `Ihr Konto bei ${site} gehört von jetzt an zur Adresse ${letter.email} und nicht mehr zu dieser.`,
          'Wenn Sie das nicht waren, wenden Sie sich bitte an den Betreiber der Seite.',
        ],
      }
    case 'session-ended':
      return {
        subject: `Sie wurden bei ${site} abgemeldet`,
        lines: [
          `Guten Tag, ${letter.name},`,
          `womit Sie angemeldet bleiben (${letter.agent || 'ein unbekanntes Programm'}), wurde zweimal benutzt; vielleicht hat es jemand kopiert. Diese Sitzung wurde beendet.`,
          'Bitte melden Sie sich neu an und sehen Sie Ihre Geräte durch:',
          letter.link,
        ],
      }
  }
}
