import type { Scope } from '../contract/people.ts'
import type { Access } from './access-rule.ts'

/**
 * What an API token must be for, to use a route. Undefined: none will do, as this is between the person and the page they sit at.
 * `open`: everybody may use it anyway.
 */
export function scopeOf(method: string, url: string, access: Access): Scope | 'open' | undefined {
  const reads = method === 'GET' || method === 'HEAD'
  switch (access) {
    case 'public':
      return 'open'
    case 'signed-in':
      return reads ? 'read' : undefined
    case 'admin':
    case 'loopback-or-token':
      return 'admin'
    default:
      if (reads) return 'read'
      return url.includes('/chat/') ? 'chat' : 'channels'
  }
}
