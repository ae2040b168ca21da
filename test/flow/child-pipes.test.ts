import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, suite, test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { TagType, writeFlvHeader, writeFlvTag } from '../../src/formats/flv/flv-file.ts'
import { ChildThreads } from '../../src/transcode/child/child-threads.ts'
import type { ChildEnd, ChildFrame, OutputForm } from '../../src/transcode/child/protocol.ts'

/** A picture in H.264 as a tag: key frame, AVC, NAL units. */
const tag = (timestamp: number, bytes: number): Uint8Array => {
  const body = new Uint8Array(5 + bytes).fill(timestamp & 0xff, 5)
  body.set([0x17, 1, 0, 0, 0])
  return writeFlvTag({ typeId: TagType.video, timestamp, body })
}

suite('pipes of a child', () => {
  const threads = new ChildThreads(silentLog)
  after(() => threads.stop())

  type Ran = { readonly frames: readonly ChildFrame[]; readonly end: ChildEnd }

  /** Runs a shell's script in the place of FFmpeg. @param use it; what it makes is gathered until it is gone */
  async function run(
    script: string,
    outputs: readonly OutputForm[],
    use: (child: ReturnType<ChildThreads['start']>, made: (count: number) => Promise<void>) => Promise<void>,
  ): Promise<Ran> {
    const frames: ChildFrame[] = []
    const gone = Promise.withResolvers<ChildEnd>()
    let heard = (): void => {}
    const child = threads.start(
      { program: 'sh', args: ['-c', script], outputs },
      {
        made: (all) => {
          for (const each of all) if ('ms' in each) frames.push(each)
          heard()
        },
        gone: gone.resolve,
      },
    )
    const made = (count: number): Promise<void> =>
      new Promise((resolve) => {
        heard = () => {
          if (frames.length >= count) resolve()
        }
        heard()
      })
    await use(child, made)
    return { frames, end: await gone.promise }
  }

  test('what goes in comes out, though it was fed before the child was there', async () => {
    const { frames, end } = await run('cat >&3', ['flv'], async (child, made) => {
      child.feed(writeFlvHeader({ audio: false, video: true }))
      child.feed(tag(40, 3))
      await made(1)
      child.feed(tag(80, 3))
      await made(2)
      assert.equal(child.waitingBytes, 0)
      child.end()
    })
    assert.deepEqual(
      frames.map(({ ms }) => ms),
      [40, 80],
    )
    assert.deepEqual([...(frames[1]?.data ?? [])], [80, 80, 80])
    assert.equal(end.good, true)
  })

  test('more than the pipes hold goes in bit by bit, and all of it before the end', async () => {
    const count = 40
    const { frames, end } = await run('cat >&3', ['flv'], async (child) => {
      child.feed(writeFlvHeader({ audio: false, video: true }))
      for (let at = 1; at <= count; at++) child.feed(tag(at, 100_000))
      child.end()
    })
    assert.deepEqual(
      frames.map(({ ms, data }) => [ms, data.byteLength, data[99_999]]),
      Array.from({ length: count }, (_, at) => [at + 1, 100_000, at + 1]),
    )
    assert.equal(end.good, true)
  })

  test('two outputs are told apart', async () => {
    const twice = 'all=$(base64); echo "$all" | base64 -d >&3; echo "$all" | base64 -d >&4'
    const { frames } = await run(twice, ['flv', 'flv'], async (child) => {
      child.feed(Buffer.concat([writeFlvHeader({ audio: false, video: true }), tag(40, 3)]))
      child.end()
    })
    assert.deepEqual(
      frames.map(({ output, ms }) => [output, ms]),
      [
        [0, 40],
        [1, 40],
      ],
    )
  })

  test('all of an output is told, also while another has nothing', async () => {
    const slowly = 'for bytes in 35 22 22; do dd bs=1 count=$bytes >&3; sleep 0.1; done; cat >&4'
    const { frames } = await run(slowly, ['flv', 'flv'], async (child, made) => {
      child.feed(Buffer.concat([writeFlvHeader({ audio: false, video: true }), tag(40, 2), tag(80, 2), tag(120, 2)]))
      await made(1)
      child.feed(Buffer.concat([writeFlvHeader({ audio: false, video: true }), tag(40, 2)]))
      child.end()
    })
    assert.deepEqual(
      frames.map(({ output, ms }) => [output, ms]).sort(),
      [
        [0, 40],
        [0, 80],
        [0, 120],
        [1, 40],
      ].sort(),
    )
  })

  test('what a child has not read is known, and a kill ends it', async () => {
    const { end } = await run('read -r line', ['flv'], async (child) => {
      for (let at = 0; at < 50; at++) child.feed(new Uint8Array(100_000))
      assert.ok(child.waitingBytes > 0)
      child.kill()
    })
    assert.equal(end.good, false)
    assert.equal(end.how, 'SIGKILL')
  })

  test('what it made last is told, though it ended by itself', async () => {
    const { frames, end } = await run('head -c 35 >&3; echo over >&2; exit 3', ['flv'], async (child) => {
      child.feed(Buffer.concat([writeFlvHeader({ audio: false, video: true }), tag(40, 3), tag(80, 3)]))
    })
    assert.deepEqual(
      frames.map(({ ms }) => ms),
      [40],
    )
    assert.deepEqual([end.good, end.how, end.said], [false, 'status 3', ['over']])
  })

  test('a child that writes something else is ended, and it is said what', async () => {
    const { end } = await run('echo this is no FLV at all >&3; cat', ['flv'], async (child) => {
      child.feed(new Uint8Array(1))
    })
    assert.deepEqual([end.good, end.how], [false, 'not an FLV file'])
  })

  test('a program that is not there is said to be missing', async () => {
    const gone = Promise.withResolvers<ChildEnd>()
    const child = threads.start(
      { program: '/nowhere/ffmpeg', args: [], outputs: ['flv'] },
      { made: () => {}, gone: gone.resolve },
    )
    child.feed(new Uint8Array(10))
    const end = await gone.promise
    assert.deepEqual([end.good, end.missing, child.pid], [false, true, undefined])
  })

  test('a stop waits for nobody who is gone, though that was not heard yet', async () => {
    const own = new ChildThreads(silentLog)
    const start = (): Promise<ChildEnd> =>
      new Promise((gone) => own.start({ program: 'true', args: [], outputs: ['flv'] }, { made: () => {}, gone }))
    await start()
    void start()
    // This thread hears nothing meanwhile.
    execFileSync('sleep', ['1'])
    await own.stop()
  })
})
