import type { FastifyHelmetOptions } from '@fastify/helmet'

/**
 * No inline script, nothing from elsewhere. Styles may be inline: media-chrome's controls carry theirs in their shadow
 * trees. `blob:` is where a player keeps its media and its worker.
 */
const DIRECTIVES: Readonly<Record<string, readonly string[]>> = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'font-src': ["'self'"],
  'media-src': ["'self'", 'blob:'],
  // Older Safari takes 'self' for http(s) alone.
  'connect-src': ["'self'", 'ws:', 'wss:'],
  'worker-src': ["'self'", 'blob:'],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
}

/** @param frameAncestors who may show the page in a frame; left out: nobody */
export function contentSecurityPolicy(frameAncestors: readonly string[] = ["'none'"]): string {
  const directives = { ...DIRECTIVES, 'frame-ancestors': frameAncestors }
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ')
}

export const HELMET_OPTIONS: FastifyHelmetOptions = {
  // Written by us as one string, which an embedded page changes.
  contentSecurityPolicy: false,
  // Where people come by HTTPS alone: see `SecureHeaders`.
  strictTransportSecurity: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  // `frame-ancestors` says it better: embedded pages may be framed.
  xFrameOptions: false,
  crossOriginEmbedderPolicy: false,
  referrerPolicy: { policy: 'strict-origin-when-cross-origin' },
}
