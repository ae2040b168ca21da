/**
 * By what an address is found: two that differ only in case are the same mailbox nearly everywhere, and people don't
 * remember how they wrote theirs.
 */
export function emailKey(email: string): string {
  return email.trim().normalize('NFC').toLowerCase()
}
