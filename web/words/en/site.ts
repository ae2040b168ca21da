/** The frame of every page. */
export const site = {
  main: 'Main',
  home: 'Home',
  admin: 'Admin',
  api: 'API',
  skip: 'Skip to the content',
  fallbackName: 'Live',
  footer: (name: string) => `${name} runs this on its own server: no adverts, no one following you around.`,
  title: (page: string, site: string) => `${page} · ${site}`,
  loading: 'Loading',
  signIn: 'Sign in',
  /** Of the button with the face. */
  account: (name: string) => `Your account, ${name}`,
  adminToken: 'Admin token',
}
