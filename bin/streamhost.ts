import { isSingleFile } from '../src/base/single-file.ts'
import { EarlyThreads } from '../src/base/threads.ts'

const { env, stdin, stdout, stderr } = process
const args = process.argv.slice(2)
const threads = new EarlyThreads()
if (args[0] === 'serve' || (isSingleFile && args[0] === undefined)) {
  threads.begin('store')
  threads.begin('segments')
}
// Only now, for all that a file imports is loaded before it begins.
const [{ runCli }, { readSecret }] = await Promise.all([
  import('../src/app/cli/program.ts'),
  import('../src/app/cli/read-secret.ts'),
])
// Who reads our output may leave first (`streamhost channel list | head -1`); that is no failure.
for (const output of [stdout, stderr]) output.on('error', () => {})
process.exitCode = await runCli(args, {
  env,
  cwd: process.cwd(),
  stdout,
  stderr,
  readSecret: (prompt) => readSecret(prompt, stdin, stderr),
  loadServe: async () => {
    const { serve } = await import('../src/app/server.ts')
    return (config, options) => serve(config, { ...options, startThread: threads.start })
  },
  loadOffline: async () => (await import('../src/app/offline.ts')).openOffline,
})
