import { runCli } from '../src/app/cli/program.ts'
import { readSecret } from '../src/app/cli/read-secret.ts'

const { env, stdin, stdout, stderr } = process
// Who reads our output may leave first (`streamhost channel list | head -1`); that is no failure.
for (const output of [stdout, stderr]) output.on('error', () => {})
process.exitCode = await runCli(process.argv.slice(2), {
  env,
  cwd: process.cwd(),
  stdout,
  stderr,
  readSecret: (prompt) => readSecret(prompt, stdin, stderr),
  loadServe: async () => (await import('../src/app/server.ts')).serve,
  loadOffline: async () => (await import('../src/app/offline.ts')).openOffline,
})
