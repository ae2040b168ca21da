import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AccessAgain, Grant } from '../accounts/sign-in/devices.ts'
import { ACCESS_COOKIE, REFRESH_COOKIE, SESSION_COOKIE } from './identity.ts'

/** The one address to which a browser shows the refresh token. */
const REFRESH_PATH = '/api/v1/session'

/** What a browser keeps of who is signed in; scripts can't read it, and other sites can't have it sent. */
export class SessionCookies {
  readonly #isSecure: (request: FastifyRequest) => boolean

  /** @param isSecure whether the browser sees HTTPS: a plain address beside it must still be able to sign in */
  constructor(isSecure: (request: FastifyRequest) => boolean) {
    this.#isSecure = isSecure
  }

  /** A person signed in, or goes on being so. */
  setGrant(request: FastifyRequest, reply: FastifyReply, { access, refresh }: Grant): void {
    const { endsAtMs } = refresh
    this.setAccess(request, reply, { access, endsAtMs })
    reply.setCookie(REFRESH_COOKIE, refresh.token, {
      ...this.#options(request, REFRESH_PATH),
      maxAge: secondsUntil(endsAtMs),
    })
  }

  /** What the access token said has changed, and the person stays signed in. */
  setAccess(request: FastifyRequest, reply: FastifyReply, { access, endsAtMs }: AccessAgain): void {
    // It stays in the browser when it is over, so that the server can say so, and not that nobody is there.
    reply.setCookie(ACCESS_COOKIE, access.token, { ...this.#options(request, '/'), maxAge: secondsUntil(endsAtMs) })
  }

  /** Somebody signed in by the admin token. */
  setSession(request: FastifyRequest, reply: FastifyReply, id: string, lifeMs: number): void {
    reply.setCookie(SESSION_COOKIE, id, { ...this.#options(request, '/'), maxAge: Math.floor(lifeMs / 1000) })
  }

  clearGrant(request: FastifyRequest, reply: FastifyReply): void {
    if (request.cookies[ACCESS_COOKIE] !== undefined) reply.clearCookie(ACCESS_COOKIE, this.#options(request, '/'))
    if (request.cookies[REFRESH_COOKIE] !== undefined)
      reply.clearCookie(REFRESH_COOKIE, this.#options(request, REFRESH_PATH))
  }

  clearSession(request: FastifyRequest, reply: FastifyReply): void {
    reply.clearCookie(SESSION_COOKIE, this.#options(request, '/'))
  }

  #options(request: FastifyRequest, path: string): CookieSerializeOptions {
    return { path, httpOnly: true, sameSite: 'strict', secure: this.#isSecure(request) }
  }
}

const secondsUntil = (atMs: number): number => Math.max(1, Math.floor((atMs - Date.now()) / 1000))
