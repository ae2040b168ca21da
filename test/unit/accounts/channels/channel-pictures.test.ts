import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChannelDetails, NO_DETAILS } from '../../../../src/accounts/channels/channel-details.ts'
import { ChannelPictures, type NewPicture } from '../../../../src/accounts/channels/channel-pictures.ts'
import type { ChannelRecord } from '../../../../src/accounts/channels/channel-store.ts'
import type { PictureName } from '../../../../src/accounts/channels/picture-files.ts'
import { UnavailableError } from '../../../../src/base/errors.ts'
import { InvalidFieldError } from '../../../../src/base/invalid-field-error.ts'
import { silentLog } from '../../../../src/base/log.ts'

function made() {
  let channel: ChannelRecord = { id: 'c1', slug: 'choir', title: 'Choir', createdAtMs: 1, ...NO_DETAILS }
  const disk = new Map<string, Buffer>()
  const path = ({ slug, file }: PictureName) => `${slug}.${file}`
  const state = { full: false, away: false, reads: 0 }
  const pictures = new ChannelPictures({
    log: silentLog,
    channels: { get: async () => channel },
    store: {
      change: async (_: string, change: Partial<ChannelDetails>) => {
        if (state.away) throw new UnavailableError('away')
        channel = { ...channel, ...change }
      },
      pictures: async () =>
        [channel.poster, channel.logo].flatMap((each) => (each === null ? [] : [{ slug: 'choir', file: each.file }])),
    },
    files: {
      write: async (name, bytes) => {
        if (state.full) throw new UnavailableError('full')
        disk.set(path(name), Buffer.from(bytes))
      },
      read: async (name) => {
        state.reads++
        return disk.get(path(name))
      },
      remove: async (name) => void disk.delete(path(name)),
      list: async () =>
        [...disk.keys()].map((each) => ({ slug: each.split('.')[0] ?? '', file: each.split('.').slice(1).join('.') })),
    },
  })
  return { pictures, disk, state, channel: () => channel }
}

const picture = (content: string, size = { width: 640, height: 360 }): NewPicture => ({
  ...{ kind: 'png', bytes: Buffer.from(content) },
  ...size,
})

test('a picture has another name for every content, and the one before it goes', async () => {
  const { pictures, disk, channel } = made()
  await pictures.put('choir', 'poster', picture('one'))
  const first = channel().poster?.file ?? ''
  assert.match(first, /^poster-[0-9a-f]{32}\.png$/)
  await pictures.put('choir', 'logo', picture('one'))
  await pictures.put('choir', 'poster', picture('one'))
  assert.equal(channel().poster?.file, first, 'the same again stays')
  await Promise.all(['two', 'three', 'four'].map((each) => pictures.put('choir', 'poster', picture(each))))
  assert.deepEqual([...disk.keys()].sort(), [`choir.${channel().logo?.file}`, `choir.${channel().poster?.file}`])
  assert.equal(String(await pictures.read({ slug: 'choir', file: channel().poster?.file ?? '' })), 'four')
  assert.equal(await pictures.read({ slug: 'choir', file: first }), undefined)
  assert.equal((await pictures.remove('choir', 'poster')).removed, true)
  assert.equal((await pictures.remove('choir', 'poster')).removed, false)
  assert.equal(disk.size, 1)
  await pictures.forget(channel())
  assert.equal(disk.size, 0)
})

test('what is shown again and again is read once', async () => {
  const { pictures, state, channel } = made()
  await pictures.put('choir', 'poster', picture('one'))
  const name = { slug: 'choir', file: channel().poster?.file ?? '' }
  for (let n = 0; n < 5; n++) await pictures.read(name)
  assert.equal(state.reads, 1)
  await pictures.remove('choir', 'poster')
  assert.equal(await pictures.read(name), undefined)
})

test('where disk or database fail, the old picture stays and nothing is left behind', async () => {
  const { pictures, disk, state, channel } = made()
  await pictures.put('choir', 'poster', picture('one'))
  const before = channel().poster
  state.full = true
  await assert.rejects(pictures.put('choir', 'poster', picture('two')), UnavailableError)
  state.full = false
  state.away = true
  await assert.rejects(pictures.put('choir', 'poster', picture('two')), UnavailableError)
  await assert.rejects(pictures.put('choir', 'poster', picture('one')), UnavailableError)
  state.away = false
  assert.deepEqual([channel().poster, [...disk.keys()]], [before, [`choir.${before?.file}`]])
  disk.set('choir.poster-00000000000000000000000000000000.png', Buffer.from('left by a kill'))
  await pictures.tidy()
  assert.deepEqual([...disk.keys()], [`choir.${before?.file}`])
})

test('a picture that would cost viewers too much, or shows nothing, is refused with its size', () => {
  const { pictures } = made()
  for (const [width, height] of [
    [15, 100],
    [100, 15],
    [6001, 100],
    [5000, 5000],
  ] as const) {
    assert.throws(
      () => pictures.put('choir', 'logo', picture('x', { width, height })),
      (error) => error instanceof InvalidFieldError && error.message.includes(`${width} × ${height}`),
    )
  }
  assert.throws(() => pictures.put('choir', 'logo', picture('x'.repeat(2 ** 20 + 1))), InvalidFieldError)
})
