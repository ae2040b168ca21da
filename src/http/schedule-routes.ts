import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ChannelRecord } from '../accounts/channels/channel-store.ts'
import type { Channels } from '../accounts/channels/channels.ts'
import { ChannelParams } from '../contract/operations.ts'
import { type CalendarEvent, calendarText } from '../formats/ical/calendar.ts'

export type ScheduleRoutesOptions = {
  readonly channels: Channels
  readonly publicUrl: () => string | undefined
}

/** When a channel broadcasts next, for calendars: to add once, or to subscribe to. */
export const scheduleRoutes: FastifyPluginAsyncZod<ScheduleRoutesOptions> = async (app, { channels, publicUrl }) => {
  app.get(
    '/api/v1/channels/:slug/schedule.ics',
    { config: { access: 'public' }, schema: { params: ChannelParams } },
    async (request, reply) => {
      const channel = await channels.get(request.params.slug)
      const event = eventOf(channel, publicUrl())
      reply.header('cache-control', 'no-cache').header('content-disposition', `inline; filename="${channel.slug}.ics"`)
      reply.type('text/calendar; charset=utf-8')
      return calendarText({ name: channel.title, events: event === undefined ? [] : [event] })
    },
  )
}

/** Who subscribed keeps what was: an event that is over stays until there is another. */
function eventOf(channel: ChannelRecord, publicUrl: string | undefined): CalendarEvent | undefined {
  const { next, title, slug, description, tags } = channel
  if (next === null) return undefined
  return {
    uid: `${next.id}@streamhost`,
    sequence: next.revision,
    revisedAtMs: next.changedAtMs,
    startsAtMs: next.atMs,
    minutes: next.minutes,
    summary: next.title === title ? title : `${next.title} · ${title}`,
    description,
    // Without `server.publicUrl` nothing absolute is written: `Host` may be anybody's word.
    url: publicUrl === undefined ? undefined : new URL(`/c/${slug}`, publicUrl).href,
    categories: tags,
  }
}
