import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

// Plain JavaScript: it runs before anything is installed, on any Node from 20 on.
const { whyNodeFails } = (await import(join(import.meta.dirname, '../../../bin/pinned-node.mjs'))) as {
  whyNodeFails(output: string): string
}

const cases = [
  {
    name: 'a missing library names its Debian package',
    output:
      'node: error while loading shared libraries: libatomic.so.1: cannot open shared object file: No such file or directory',
    says: /lacks libatomic\.so\.1\..*apt-get install -y libatomic1/,
  },
  {
    name: 'libstdc++ too',
    output: 'node: error while loading shared libraries: libstdc++.so.6: cannot open shared object file: No such file',
    says: /apt-get install -y libstdc\+\+6/,
  },
  {
    name: 'an old libstdc++ is not a missing one',
    output: "node: /lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found",
    says: /too old/,
  },
  { name: 'an old glibc', output: "node: /lib/libc.so.6: version `GLIBC_2.28' not found", says: /too old/ },
  { name: 'no glibc at all', output: 'spawn node ENOENT', says: /needs a system with glibc/ },
  { name: 'anything else is repeated', output: 'Illegal instruction', says: /does not start on this system: Illegal/ },
]
for (const { name, output, says } of cases) {
  test(`when Node does not start: ${name}`, () => {
    const sentence = whyNodeFails(output)
    assert.match(sentence, says)
    assert.ok(!sentence.includes('\n'))
  })
}
