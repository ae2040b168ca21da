import type { Words } from './words.ts'

const ROLES = { owner: 'run', streamer: 'broadcast in', moderator: 'moderate' } as const
const NOT_YOU = 'If that wasn’t you, there is nothing to do: without the link nothing happens.'

export const english: Words = (letter, site) => {
  switch (letter.kind) {
    case 'invitation': {
      const who = letter.from === null ? 'You are invited' : `${letter.from} invites you`
      const what =
        letter.channel === null ? '' : ` to ${ROLES[letter.channel.role]} the channel “${letter.channel.title}”`
      return {
        subject: `${who} to ${site}`,
        lines: [
          'Hello,',
          `${who}${what === '' ? ` to ${site}` : `${what} on ${site}`}. This link makes your account, or adds the role to the one you have:`,
          letter.link,
          'It is good once, for two weeks, and for you alone: please don’t pass it on.',
        ],
      }
    }
    case 'verify-email':
      return {
        subject: `Your e-mail address on ${site}`,
        lines: [
          `Hello ${letter.name},`,
          `with this link you confirm that this is your address on ${site}:`,
          letter.link,
          `It is good once, for two days. ${NOT_YOU} Please don’t open it then: somebody else chose the password.`,
        ],
      }
    case 'has-account':
      return {
        subject: `You have an account on ${site}`,
        lines: [
          `Hello ${letter.name},`,
          `somebody, probably you, wanted to make an account on ${site} with this address. There is one already: sign in with it.`,
          letter.link,
          'There you can also set a new password, should you have forgotten yours.',
        ],
      }
    case 'reset-password':
      return {
        subject: `A new password for ${site}`,
        lines: [
          `Hello ${letter.name},`,
          `with this link you choose a new password for ${site}:`,
          letter.link,
          `It is good once, for an hour. ${NOT_YOU}`,
        ],
      }
    case 'password-changed':
      return {
        subject: `Your password on ${site} was changed`,
        lines: [
          `Hello ${letter.name},`,
          `your password on ${site} was changed just now, and you were signed out everywhere else.`,
          'If that wasn’t you, set another one at once:',
          letter.link,
        ],
      }
    case 'email-changed':
      return {
        subject: `Your e-mail address on ${site} was changed`,
        lines: [
          `Hello ${letter.name},`,
          `your account on ${site} belongs to the address ${letter.email} from now on, and no longer to this one.`,
          'If that wasn’t you, please turn to who runs the site.',
        ],
      }
    case 'session-ended':
      return {
        subject: `You were signed out of ${site}`,
        lines: [
          `Hello ${letter.name},`,
          `what keeps you signed in (${letter.agent || 'an unknown program'}) was used twice, which may mean that somebody copied it. That session was ended.`,
          'Please sign in again, and look through your devices:',
          letter.link,
        ],
      }
  }
}
