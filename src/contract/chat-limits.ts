/** What page and server both must know of chat; without the schemas, so that a page can have it without their library. */

/** Longest text of a message, in UTF-16 code units after trimming. */
export const MESSAGE_LENGTH = 500
/** Longest name of a guest. */
export const NAME_LENGTH = 32
/** The reactions that every page draws; the order is that of the bar. */
export const REACTIONS = ['heart', 'applause', 'smile', 'candle', 'star'] as const
/** Seconds between two heartbeats of a player that plays; who was not heard for three of them is gone. */
export const HEARTBEAT_SECONDS = 10
