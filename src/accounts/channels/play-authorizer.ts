import { NotFoundError } from '../../base/errors.ts'
import { slugProblem } from '../../contract/slug.ts'

/**
 * Decides who may play by RTMP and FLV: players are let in by a channel's slug alone, never by a stream key. Every channel is
 * public so far; who may see those that are not will be decided here.
 */
export class PlayAuthorizer {
  /** @throws NotFoundError for what can't be a channel */
  async authorizePlay({ slug }: { readonly slug: string }): Promise<void> {
    if (slugProblem(slug) !== undefined) throw new NotFoundError('there is no such channel')
  }
}
