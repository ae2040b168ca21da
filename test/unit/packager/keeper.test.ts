import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BroadcastKeeper, RenditionKeeper } from '../../../src/packager/keeper.ts'
import { announce, openPresentation } from '../../light/package-packets.ts'
import { synthetic } from '../../light/synthetic.ts'

for (const how of ['ended', 'stopped'] as const) {
  test(`what the pacing of a burst held back is kept before a broadcast is ${how}`, () => {
    const calls: string[] = []
    const rendition = (name: string): RenditionKeeper => ({
      init: () => {},
      open: () => {},
      part: () => void calls.push(`${name} part`),
      close: () => void calls.push(`${name} close`),
      gap: () => void calls.push(`${name} gap`),
      past: [],
      version: 0,
      find: () => undefined,
      read: () => assert.fail('nothing is read'),
      readPart: () => assert.fail('nothing is read'),
    })
    const keeper: BroadcastKeeper = {
      rendition,
      note: () => {},
      noted: () => undefined,
      end: () => void calls.push('end'),
      remove: () => {},
    }
    const { broadcast, presentation } = openPresentation({ pacing: true }, {}, keeper)
    const packets = synthetic({ seconds: 5 })
    announce(broadcast, packets)
    for (const packet of packets) broadcast.write(packet)
    broadcast.end(how)
    assert.equal(calls.at(-1), 'end')
    for (const { name, window } of presentation.allRenditions) {
      const shown = window.shown.reduce((sum, { parts }) => sum + parts.length, 0)
      assert.equal(calls.filter((call) => call === `${name} part`).length, shown, name)
    }
  })
}
