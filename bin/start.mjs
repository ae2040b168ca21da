import { prepare, runStreamhost } from './prepare.mjs'
import { launch } from './say.mjs'

/** `npm start`: makes everything ready and starts the server. */
await launch(async () => runStreamhost(await prepare(), ['serve', ...process.argv.slice(2)]))
