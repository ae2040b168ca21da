import { prepare, runStreamhost } from './prepare.mjs'
import { launch } from './say.mjs'

/** `npm run streamhost -- …`: the command line in development. */
await launch(async () => {
  const args = process.argv.slice(2)
  return runStreamhost(await prepare({ web: args[0] === 'serve' || args[0] === 'demo' }), args)
})
