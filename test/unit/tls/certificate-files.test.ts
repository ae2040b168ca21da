import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readFiles } from '../../../src/tls/certificate-files.ts'

describe('the files of a certificate', () => {
  test('that are both missing are told by the certificate’s setting, however fast the disk answers for which', async () => {
    const missing = join(import.meta.dirname, 'missing')
    for (let look = 0; look < 200; look++) {
      await assert.rejects(readFiles({ cert: join(missing, 'a.pem'), key: join(missing, 'b.pem') }), {
        setting: 'cert',
        message: /^server\.https\.cert is ".*a\.pem", which can't be read: there is no such file\.$/,
      })
    }
  })
})
