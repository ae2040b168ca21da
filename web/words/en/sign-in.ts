export const signIn = {
  title: 'Sign in',
  text: 'For the people who run this server. Watching needs no account.',
  token: 'Admin token',
  hint: 'The server showed it when it first started. Lost? On the server, “streamhost token” (from the source: “npm run streamhost -- token”) makes a new one.',
  show: 'Show',
  hide: 'Hide',
  send: 'Sign in',
  sending: 'Signing in',
  empty: 'Enter the admin token.',
  wrong: 'This is not the admin token. It begins with at_; copy all of it, and not the stream key.',
  signedIn: 'You are signed in.',
  out: 'Sign out',
}
