import type { ChannelRole } from '../../contract/people.ts'

/** What is written to people. `link` is absolute, and good once where it carries a secret. */
export type Letter =
  | {
      readonly kind: 'invitation'
      readonly from: string | null
      readonly channel: { readonly title: string; readonly role: ChannelRole } | null
      readonly link: string
    }
  /** Somebody signs up with this address, or changes to it. */
  | { readonly kind: 'verify-email'; readonly name: string; readonly link: string }
  /** Somebody signs up with an address that has an account. */
  | { readonly kind: 'has-account'; readonly name: string; readonly link: string }
  | { readonly kind: 'reset-password'; readonly name: string; readonly link: string }
  | { readonly kind: 'password-changed'; readonly name: string; readonly link: string }
  /** To the address before. */
  | { readonly kind: 'email-changed'; readonly name: string; readonly email: string }
  /** A refresh token was used twice. */
  | { readonly kind: 'session-ended'; readonly name: string; readonly agent: string; readonly link: string }

export type Recipient = {
  readonly email: string
  /** BCP 47; null: English. */
  readonly locale: string | null
}

/** Takes letters and brings them away; nobody waits for it, and what can't be sent is told to the operator. */
export type Mailer = {
  /** Whether letters are sent at all. */
  readonly isSetUp: boolean
  send(to: Recipient, letter: Letter): void
}

/** Where no mail is set up. */
export const noMail: Mailer = { isSetUp: false, send() {} }
