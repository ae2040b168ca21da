import type { ChatRooms } from './rooms.ts'

/** What an account wrote in chats: its person's to take along, and to have forgotten. */
export function writtenRecords(rooms: Pick<ChatRooms, 'writtenBy' | 'forgetAccount'>) {
  return {
    name: 'chat',
    async *read(accountId: string): AsyncGenerator<readonly unknown[]> {
      for await (const messages of rooms.writtenBy(accountId)) {
        yield messages.map(({ slug, name, text, atMs, removedAtMs }) => ({
          ...{ channel: slug, name, text, at: new Date(atMs).toISOString(), removed: removedAtMs !== null },
        }))
      }
    },
    remove: (accountId: string): Promise<void> => rooms.forgetAccount(accountId),
  }
}
