import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { encoded } from '../light/encoder.ts'
import { runBox } from '../soak/box/run-box.ts'
import { SHORT } from '../soak/box/short.ts'
import { total } from '../soak/box/verdict.ts'

before(() => encoded('gop2'))

test('with everybody on the box nobody misses a part, and when all have gone nothing of them is left', async () => {
  const told = { sample: () => {}, words: () => {} }
  const { samples, judgements } = await runBox(SHORT, told, new AbortController().signal)
  // How late something came says more of the machine here than of the server.
  const broken = judgements.filter(({ name, verdict }) => verdict === 'broken' && name !== 'stalls')
  const faults = samples.flatMap((sample) => sample.faults)
  assert.deepEqual(broken, [], faults.join('\n'))
  for (const name of ['parts', 'segments', 'jumps', 'delivered', 'connected', 'answered', 'rtmpHugeMessage', 'wsTexts'])
    assert.ok(total(samples, [name]) > 0, `${name}: none`)
  for (const way of ['takesNothing', 'halfARequest', 'silent', 'halfAHandshake', 'silentRtmp'])
    assert.ok(total(samples, [`${way}LetGo`]) > 0, `${way}: the server has not let go of one`)
  for (const { rss, descriptors } of samples) {
    assert.ok(rss < 500, `${rss} MiB`)
    assert.ok(descriptors < 400, `${descriptors} descriptors`)
  }
})
