/** What goes wrong on any page. */
export const errors = {
  unreachable: 'The server does not answer. Check the connection, then try again.',
  unknown: 'That did not work. Try again in a moment.',
  signedOut: 'You are signed out. Sign in again.',
  missing: {
    title: 'This page is not here',
    text: 'The address may be mistyped, or the page has moved.',
    home: 'See what is on',
  },
  loadFailed: {
    title: 'This part of the page did not load',
    text: 'Check your connection, then try again.',
    retry: 'Try again',
  },
}
