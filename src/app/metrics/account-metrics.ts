import type { Accounts } from '../../accounts/accounts.ts'
import { type Metric, single } from '../../base/metric.ts'
import type { SmtpMailer } from '../../mail/smtp-mailer.ts'

/** Signing in: what the thread of passwords does, and how many attempts come to nothing. */
export function* accountMetrics({ passwords, attempts }: Accounts): Iterable<Metric> {
  const { waiting, refused, failed, seconds } = passwords.figures
  const name = (end: string): string => `streamhost_${end}`
  yield single(name('passwords_waiting'), 'gauge', 'Passwords that wait to be checked or hashed.', waiting)
  yield single(name('passwords_refused_total'), 'counter', 'Passwords not looked at, as too many waited.', refused)
  yield single(name('passwords_failed_total'), 'counter', 'Passwords that could not be checked or hashed.', failed)
  yield {
    ...{ name: name('passwords_seconds'), help: 'From a password to the answer, waiting included.', kind: 'histogram' },
    values: [{ histogram: seconds }],
  }
  const { begun, right, slowed } = attempts
  yield single(name('sign_in_attempts_total'), 'counter', 'Attempts to sign in that were looked at.', begun)
  yield single(name('sign_in_successes_total'), 'counter', 'Of them, those that were right.', right)
  yield single(name('sign_in_slowed_total'), 'counter', 'Attempts refused for a while, by address or account.', slowed)
}

/** Letters to people. */
export function* mailMetrics({ sent, failed, waiting }: SmtpMailer): Iterable<Metric> {
  yield single('streamhost_mail_sent_total', 'counter', 'Letters that the SMTP server took.', sent)
  yield single('streamhost_mail_failed_total', 'counter', 'Letters that were given up.', failed)
  yield single('streamhost_mail_waiting', 'gauge', 'Letters that wait to be sent, or to be tried again.', waiting)
}
