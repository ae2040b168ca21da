import { STATUS_CODES } from 'node:http'
import { TAGS } from '../../contract/operation.ts'
import type { RouteRule } from '../access.ts'
import type { ProblemKind } from '../problem-kinds.ts'
import { accessProblems, accessWords, SECURITY_SCHEMES, securityOf } from './access-words.ts'
import { type PlainOperation, plainOperations } from './plain-operations.ts'
import { problemResponses, problemsOf } from './problems.ts'
import { operationOf } from './transform.ts'

/** The document without what routes tell. */
export function documentHead(version: string) {
  return {
    openapi: '3.1.1',
    info: {
      title: 'StreamHost',
      version,
      description: `Lists are read page by page: \`?limit=\` and \`?cursor=\`, which is \`nextCursor\` of the page before; null means that there is no more. Times are ISO 8601 in UTC, ids are opaque strings.

Errors are \`application/problem+json\` (RFC 9457): \`type\` is stable, \`title\` is for people, \`errors\` names what is wrong by its path.`,
    },
    servers: [{ url: '/' }],
  }
}

type Json = Record<string, unknown>
/** As much of an operation of OpenAPI as is written here. */
type Told = Json & { responses: Record<string, Json> }
export type OpenApi = Json & {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Told>>
  readonly components: Readonly<Record<string, Json>>
}

/** Described though no operation sends them: messages of the WebSocket. */
const ALSO_NAMED = ['ServerMessage', 'ClientMessageInput', 'Problem']

/**
 * What Fastify's routes tell, and what stands in front of them, made whole: access, problems, names.
 * @param made by @fastify/swagger @param routes every route and who may use it
 */
export function completeDocument(made: OpenApi, routes: readonly RouteRule[]): OpenApi {
  const paths: OpenApi['paths'] = { ...made.paths }
  for (const rule of routes.filter(({ method }) => method !== 'HEAD' && method !== 'OPTIONS')) {
    const path = rule.url.replace(/:(\w+)/g, '{$1}')
    const method = rule.method.toLowerCase()
    const plain = plainOperations[`${rule.method} ${rule.url}`]
    const told = plain === undefined ? paths[path]?.[method] : plainTold(plain)
    if (told !== undefined) paths[path] = { ...paths[path], [method]: withRule(told, rule) }
  }
  const schemas = withRoom((made.components.schemas ?? {}) as Record<string, Json>)
  const document = {
    ...made,
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas, responses: problemResponses(), securitySchemes: SECURITY_SCHEMES },
  }
  return onlyUsed(document, schemas)
}

function withRule(told: Told, rule: RouteRule): Told {
  const { method, url, access } = rule
  const body = told.requestBody !== undefined
  const operation = operationOf(method, url)
  const media = url.startsWith('/live/')
  const kinds: ProblemKind[] = [
    ...(operation === undefined && !url.startsWith('/api/') ? [] : (['malformed', 'invalid'] as const)),
    ...accessProblems(access),
    ...(url.includes(':') ? (['not-found'] as const) : []),
    ...(body ? (['too-large', 'unsupported-type'] as const) : []),
    ...(method !== 'GET' || rule.socket ? (['limit'] as const) : []),
    ...(operation?.problems ?? []),
    'internal',
    'unavailable',
  ]
  const answers: Record<string, Json> = {}
  for (const [status, answer] of Object.entries(told.responses)) answers[status] = withWords(status, answer)
  return {
    operationId: operationId(method, url),
    ...told,
    description: [told.description, accessWords(access)].filter(Boolean).join('\n\n'),
    'x-access': access,
    security: securityOf(method, url, access),
    // Media answers for itself, in plain text.
    responses: media ? answers : { ...problemsOf(kinds), ...answers },
  }
}

function withWords(status: string, answer: Json): Json {
  const plain = answer.description === 'Default Response' || answer.description === undefined
  return plain ? { ...answer, description: STATUS_CODES[status] ?? 'Done' } : answer
}

function plainTold(plain: PlainOperation): Told {
  const { answers, parameters = [], body, ...rest } = plain
  return {
    ...rest,
    ...(body !== undefined && { requestBody: bodyTold(body) }),
    parameters: parameters.map((each) => ({
      ...each,
      required: each.in === 'path',
      schema: { type: 'string' },
    })),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, { description, types = [] }]) => {
        const content = Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }]))
        return [status, types.length === 0 ? { description } : { description, content }]
      }),
    ),
  }
}

function bodyTold({ description, types }: NonNullable<PlainOperation['body']>): Json {
  const schema = { type: 'string', format: 'binary' }
  return { description, required: true, content: Object.fromEntries(types.map((type) => [type, { schema }])) }
}

/** `GET /api/v1/channels/:slug/key` → `getChannelsBySlugKey`: what generated clients call their functions. */
function operationId(method: string, url: string): string {
  const words = url
    .replace(/^\/api\/v1/, '')
    .replaceAll(':', 'by-')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

/** Answers may have more fields one day: who reads them skips what they don't know. What is sent to us may not. */
function withRoom(schemas: Readonly<Record<string, Json>>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      if (name.endsWith('Input')) return [name, schema]
      return [
        name,
        JSON.parse(
          JSON.stringify(schema, (key, value) =>
            key === 'additionalProperties' && value === false ? undefined : value,
          ),
        ),
      ]
    }),
  )
}

/** Leaves out schemas that nothing refers to; `…Input`, where that is the only form in use, has the plain name. */
function onlyUsed(document: OpenApi, schemas: Readonly<Record<string, Json>>): OpenApi {
  const used = new Set<string>(ALSO_NAMED)
  const look = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue
      used.add(name)
      look(schemas[name])
    }
  }
  for (const name of ALSO_NAMED) look(schemas[name])
  look([document.paths, document.components.responses])
  const nameOf = (name: string): string => {
    const short = name.replace(/Input$/, '')
    const same = JSON.stringify(schemas[short]) === JSON.stringify(schemas[name])
    return used.has(short) && !same ? name : short
  }
  const text = JSON.stringify({
    ...document,
    components: {
      ...document.components,
      schemas: Object.fromEntries(
        Object.entries(schemas)
          .filter(([name]) => used.has(name))
          .map(([name, schema]) => [nameOf(name), schema])
          .sort(([a], [b]) => String(a).localeCompare(String(b))),
      ),
    },
  })
  return JSON.parse(
    text.replace(/"#\/components\/schemas\/(\w+)"/g, (_, name: string) => `"#/components/schemas/${nameOf(name)}"`),
  )
}
