/** Names this player for as long as its page is loaded, to the heartbeat of the chat and to reports of quality. Says nothing about the person. */
export const playerId: string = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
  byte.toString(16).padStart(2, '0'),
).join('')
