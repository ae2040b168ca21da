import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { Ladders } from '../../../src/app/ladders/ladders.ts'
import { ConfigError } from '../../../src/base/errors.ts'
import { ROOT } from '../../../src/base/root.ts'
import { type LoadedConfig, loadConfig } from '../../../src/config/load.ts'
import { LADDERS } from '../../../src/transcode/ladder.ts'

const TREE = join(ROOT, 'config/ladders')
const RUNG = {
  ...{ name: '400p', height: 400, framesPerSecond: 25 },
  ...{ videoKbps: 700, peakKbps: 900, profile: 'main' },
}
const MINE = { description: 'For the hall.', rungs: [RUNG, { ...RUNG, name: '200p', height: 200, videoKbps: 200 }] }

let cwd = ''
let beside = ''
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streamhost-ladders-'))
  beside = join(cwd, 'ladders')
})
beforeEach(async () => {
  await rm(beside, { recursive: true, force: true })
  await mkdir(beside)
})
after(() => rm(cwd, { recursive: true }))

async function load(yaml: string): Promise<LoadedConfig> {
  await writeFile(join(cwd, 'c.yaml'), yaml)
  return loadConfig({ file: 'c.yaml', env: {}, cwd })
}

const open = async (yaml: string): Promise<Ladders> => Ladders.open(await load(yaml))

const put = async (name: string, ladder: unknown): Promise<string> => {
  const file = join(beside, name)
  await writeFile(file, typeof ladder === 'string' ? ladder : JSON.stringify(ladder))
  return file
}

async function mistake(yaml: string): Promise<string> {
  let message = ''
  await assert.rejects(open(yaml), (error) => {
    assert.ok(error instanceof ConfigError, `${error} is no ConfigError`)
    message = error.message
    return true
  })
  return message
}

describe('a ladder that a setting names', () => {
  test('is one of the server’s, what there is room for, or none', async () => {
    const ladders = await open('channels: [{ slug: hall, ladder: 480p }, { slug: yard, ladder: false }]')
    assert.equal(ladders.get('480p'), LADDERS.get('480p'))
    assert.equal(ladders.get('auto'), 'auto')
    assert.equal(ladders.get('off'), 'off')
  })

  test('may be a file in `ladders` beside the configuration', async () => {
    await put('mine.json', MINE)
    const found = (await open('transcode: { ladder: mine }')).get('mine')
    assert.deepEqual(found, {
      name: 'mine',
      description: 'For the hall.',
      rungs: MINE.rungs.map((rung) => ({ ...rung, preset: 'superfast' })),
    })
    assert.deepEqual((await open('channels: [{ slug: hall, ladder: mine }]')).get('mine'), found)
  })

  test('is read again at a reload, and stays as it was until that is put into force', async () => {
    await put('mine.json', MINE)
    const { config, where } = await load('transcode: { ladder: mine }')
    const ladders = await open('transcode: { ladder: mine }')
    await put('mine.json', { ...MINE, description: 'Another.' })
    const commit = await ladders.prepare(config, where)
    const description = (): unknown => Object.entries(ladders.get('mine')).find(([key]) => key === 'description')?.[1]
    assert.equal(description(), 'For the hall.')
    await commit()
    assert.equal(description(), 'Another.')
    await put('mine.json', '{')
    await assert.rejects(ladders.prepare(config, where), ConfigError)
    assert.equal(description(), 'Another.')
  })

  test('may be a file among the server’s, for a program that has that folder', async () => {
    const tree = join(cwd, 'tree')
    await mkdir(tree)
    for (const name of ['mine', 'low']) await writeFile(join(tree, `${name}.json`), JSON.stringify(MINE))
    const loaded = await load('transcode: { ladder: mine }\nchannels: [{ slug: hall, ladder: low }]')
    for (const file of [null, loaded.file]) {
      const ladders = await Ladders.open({ ...loaded, file }, tree)
      assert.equal(Object.entries(ladders.get('mine'))[0]?.[1], 'mine')
      assert.equal(ladders.get('low'), LADDERS.get('low'), 'that file is what the built-in one was made of')
    }
    await put('mine.json', MINE)
    await assert.rejects(Ladders.open(loaded, tree), {
      message: `c.yaml:1: transcode.ladder is "mine": it is both ${tree}/mine.json and ${beside}/mine.json, expected one of them.`,
    })
    const within = { ...loaded, file: join(cwd, 'tree/../c.yaml') }
    assert.equal((await Ladders.open(within, beside)).get('low'), LADDERS.get('low'), 'one folder may be both')
  })

  test('is looked for in no folder where there is none', async () => {
    const loaded = await load('transcode: { ladder: mine }')
    await assert.rejects(Ladders.open({ ...loaded, file: null }, null), {
      message: 'c.yaml:1: transcode.ladder is "mine", expected one of auto, off, 1080p, 720p, 480p, small, low.',
    })
  })
})

describe('a mistake is named', () => {
  test('a ladder that isn’t there: by its setting, with all that are, and where it would be looked for', async () => {
    await put('mine.json', MINE)
    await put('No name.json', MINE)
    await put('readme.txt', 'text')
    const names = 'auto, off, 1080p, 720p, 480p, small, low, mine'
    const places = `a file hers.json in ${TREE} or ${beside}`
    assert.equal(
      await mistake('channels:\n  - slug: hall\n    ladder: hers'),
      `c.yaml:3: channels[0].ladder is "hers", expected one of ${names}, or ${places}.`,
    )
  })

  test('a name that the server has for a ladder of its own', async () => {
    const file = await put('low.json', MINE)
    assert.match(
      await mistake('transcode:\n  ladder: low'),
      /^c\.yaml:2: transcode\.ladder is "low": the server has a /,
    )
    assert.ok((await mistake('transcode: { ladder: low }')).endsWith(`expected another name for ${file}.`))
    await open('transcode: { ladder: 480p }')
  })

  test('each in its own line', async () => {
    await put('mine.json', '[')
    const message = await mistake('transcode: { ladder: hers }\nchannels: [{ slug: hall, ladder: mine }]')
    assert.match(message, /^c\.yaml:1: transcode\.ladder is "hers", .*\n\/.*mine\.json: this is not JSON: .*\.$/)
  })

  const [rung] = MINE.rungs
  const cases: readonly { readonly name: string; readonly ladder: unknown; readonly says: string }[] = [
    { name: 'no JSON', ladder: '{ "rungs": ]', says: 'this is not JSON: .*' },
    { name: 'no group', ladder: [], says: 'the ladder is \\[\\], expected settings: description, rungs' },
    {
      name: 'nothing in it',
      ladder: { ...MINE, rungs: [] },
      says: 'rungs is \\[\\], expected a list of one to eight rungs',
    },
    {
      name: 'too many',
      ladder: { ...MINE, rungs: Array(9).fill(rung) },
      says: 'rungs is .*, expected a list of one .*',
    },
    { name: 'a missing line', ladder: { rungs: MINE.rungs }, says: 'description is missing, expected text' },
    {
      name: 'a number out of its limits',
      ladder: { ...MINE, rungs: [{ ...rung, framesPerSecond: 500 }] },
      says: 'rungs\\[0\\]\\.framesPerSecond is 500, expected a whole number from 5 to 120',
    },
    {
      name: 'an odd height',
      ladder: { ...MINE, rungs: [{ ...rung, height: 361 }] },
      says: 'rungs\\[0\\]\\.height is 361, expected an even number',
    },
    {
      name: 'a wrong word',
      ladder: { ...MINE, rungs: [{ ...rung, profile: 'best' }] },
      says: 'rungs\\[0\\]\\.profile is "best", expected one of baseline, main, high',
    },
    {
      name: 'a name that playlists have already',
      ladder: { ...MINE, rungs: [{ ...rung, name: 'audio' }] },
      says: 'rungs\\[0\\]\\.name is "audio", expected a name that is not taken',
    },
    {
      name: 'an unknown name',
      ladder: { ...MINE, rungs: [{ ...rung, colour: 'red' }] },
      says: 'rungs\\[0\\]\\.colour is not known, expected settings: name, height, .*',
    },
    {
      name: 'rungs in the wrong order',
      ladder: { ...MINE, rungs: [...MINE.rungs].reverse() },
      says: 'rungs\\[1\\]\\.height is 400, expected less than the rung before, which has 200',
    },
    {
      name: 'a peak below the average',
      ladder: { ...MINE, rungs: [{ ...rung, peakKbps: 100 }] },
      says: 'rungs\\[0\\]\\.peakKbps is 100, expected at least videoKbps, which is 700',
    },
    { name: 'a long file', ladder: ' '.repeat(65_537), says: 'the ladder cannot be read: it is longer than 64 KiB' },
  ]
  for (const { name, ladder, says } of cases) {
    test(`in a ladder’s file: ${name}`, async () => {
      const file = await put('mine.json', ladder)
      const message = await mistake('transcode: { ladder: mine }')
      assert.ok(message.startsWith(`${file}: `), message)
      assert.match(message.slice(file.length + 2), new RegExp(`^${says}\\.$`))
    })
  }

  test('what is no file', async () => {
    await mkdir(join(beside, 'mine.json'))
    assert.match(
      await mistake('transcode: { ladder: mine }'),
      /mine\.json: the ladder cannot be read: it is no file\.$/,
    )
  })
})
