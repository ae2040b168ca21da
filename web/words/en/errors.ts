/** What goes wrong on any page. */
export const errors = {
  unreachable: 'The server does not answer. Check the connection, then try again.',
  unknown: 'That did not work. Try again in a moment.',
  signedOut: 'You are signed out. Sign in again.',
  /** Problems of the server by the last part of their type. */
  problems: {
    invalid: 'Something that was entered is not right.',
    malformed: 'The request could not be understood.',
    unauthorized: 'Please sign in.',
    'session-expired': 'Your session is over. Please sign in again.',
    forbidden: 'This is not allowed here.',
    'not-found': 'It is not there, or no longer.',
    'method-not-allowed': 'This can’t be done here.',
    conflict: 'It is taken already.',
    configuration: 'The configuration has a mistake. What is in force stays.',
    'too-large': 'It is too large.',
    'unsupported-type': 'This kind of content is not understood.',
    unsupported: 'This is not supported.',
    limit: 'Too much at once. Wait a moment.',
    internal: 'The server made a mistake.',
    unavailable: 'It is not available just now. Try again.',
  },
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
