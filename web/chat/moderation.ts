import type { ChatPerson, RoomChange, RoomMode } from '../../src/contract/chat.ts'
import { ApiError } from '../api/client.ts'
import { say } from '../app/toast.svelte.ts'
import { words } from '../words/chat.ts'
import type { ChatApi, Restrict } from './chat-api.ts'

/** What a moderator does, each thing said in a line that can take it back. */
export class Moderation {
  readonly #api: ChatApi

  constructor(api: ChatApi) {
    this.#api = api
  }

  remove(seq: number): Promise<boolean> {
    return this.#do(async () => {
      await this.#api.remove(seq)
      say(
        words.chat.done.removed,
        this.#undo(() => this.restore(seq)),
      )
    })
  }

  restore(seq: number): Promise<boolean> {
    return this.#do(async () => {
      await this.#api.restore(seq)
      say(words.chat.done.restored)
    })
  }

  quiet(person: ChatPerson, seconds: number): Promise<boolean> {
    const time = words.chat.times[seconds] ?? words.chat.minutes(Math.round(seconds / 60))
    return this.#restrict(
      person,
      { person: person.id, kind: 'quiet', seconds },
      words.chat.done.quiet(person.name, time),
    )
  }

  ban(person: ChatPerson, more: { readonly address: boolean; readonly removeMessages: boolean }): Promise<boolean> {
    return this.#restrict(person, { person: person.id, kind: 'ban', ...more }, words.chat.done.banned(person.name))
  }

  lift(id: string, person: ChatPerson): Promise<boolean> {
    return this.#do(async () => {
      await this.#api.lift(id)
      say(words.chat.done.lifted(person.name))
    })
  }

  setRoom(change: RoomChange, before: RoomMode): Promise<boolean> {
    return this.#do(async () => {
      const { done } = words.chat
      const line = ({ mode, writers }: RoomMode) =>
        change.writers === undefined ? done.mode[mode] : done.writers[writers]
      const now = await this.#api.setRoom(change)
      const { mode, slowSeconds, writers } = before
      const again = () => this.#do(async () => say(line(await this.#api.setRoom({ mode, slowSeconds, writers }))))
      say(line(now), this.#undo(again))
    })
  }

  #restrict(person: ChatPerson, restriction: Restrict, line: string): Promise<boolean> {
    return this.#do(async () => {
      const { id } = await this.#api.restrict(restriction)
      say(
        line,
        this.#undo(() => this.lift(id, person)),
      )
    })
  }

  #undo(act: () => unknown): { label: string; act: () => unknown } {
    return { label: words.chat.done.undo, act }
  }

  async #do(act: () => Promise<void>): Promise<boolean> {
    try {
      await act()
      return true
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 0
      say(status === 401 || status === 403 ? words.chat.done.signedOut : words.chat.done.failed)
      return false
    }
  }
}
