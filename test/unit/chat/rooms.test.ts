import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../../src/base/log.ts'
import type { ChatStore } from '../../../src/chat/chat-store.ts'
import { ChatRooms } from '../../../src/chat/rooms.ts'
import { textFrames } from '../../../src/http/text-frames.ts'

const DAY_MS = 24 * 3600_000

test('what is kept too long by changed settings is forgotten at once', async () => {
  const settings = { enabled: true, guests: true, guestName: 'Guest', history: 50, slowSeconds: 10, keepDays: 90 }
  const pruned: number[] = []
  const store = {
    prune: async (beforeMs: number) => {
      pruned.push(Math.round((Date.now() - beforeMs) / DAY_MS))
      return 0
    },
  } as unknown as ChatStore
  const rooms = new ChatRooms({
    ...{ store, secret: new Uint8Array(32), settings: () => settings, reservedNames: () => [], frame: textFrames },
    keys: { digestOfKey: async () => undefined, hasDigest: async () => false },
    limits: {
      ...{ messagesPerMinute: 30, messageBurst: 5, firstMessages: 2, messagesPerMinutePerAddress: 600 },
      ...{ messagesPerSecond: 50, reactionsPerSecond: 5, requestsPerSecond: 10, viewersPerAddress: 10 },
    },
    broadcastId: () => undefined,
    log: silentLog,
  })
  rooms.start()
  settings.keepDays = 7
  rooms.settingsChanged()
  await rooms.stop()
  assert.deepEqual(pruned, [90, 7])
})
