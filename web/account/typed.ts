/** The e-mail address that was typed last, so that it isn't typed again on the next form. In memory alone. */
let email = ''

export function typedEmail(): string {
  return email
}

export function keepTyped(typed: string): void {
  email = typed
}
