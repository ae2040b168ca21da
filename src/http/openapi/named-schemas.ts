import { z } from 'zod'
import * as audit from '../../contract/audit.ts'
import * as broadcast from '../../contract/broadcast.ts'
import * as channel from '../../contract/channel.ts'
import * as chat from '../../contract/chat.ts'
import * as insight from '../../contract/insight.ts'
import * as people from '../../contract/people.ts'
import * as streamKey from '../../contract/stream-key.ts'

/** Every schema of the contract under the name it is exported by: the document's components. */
export const namedSchemas = z.registry<{ id: string }>()

for (const module of [channel, broadcast, streamKey, chat, audit, insight, people]) {
  for (const [name, schema] of Object.entries(module)) {
    if (schema instanceof z.ZodType && !namedSchemas.has(schema)) namedSchemas.add(schema, { id: name })
  }
}
