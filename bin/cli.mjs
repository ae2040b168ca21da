import { prepare, runStreamhost } from './prepare.mjs'
import { launch } from './say.mjs'

/** `npm run streamhost -- …`: the command line in development. */
await launch(async () => {
  const args = process.argv.slice(2)
  // The one command that isn't in the program: what it measures with is in the source tree alone.
  if (args[0] === 'bench') return (await import('./bench.mjs')).bench(args.slice(1))
  return runStreamhost(await prepare({ web: args[0] === 'serve' || args[0] === 'demo' }), args)
})
