import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { operations } from '../../src/contract/operations.ts'
import { plainOperations } from '../../src/http/openapi/plain-operations.ts'
import { type Harness, harness, json, LIVE } from './http-harness.ts'

type Told = {
  summary?: string
  tags?: string[]
  security?: object[]
  requestBody?: object
  'x-access'?: string
  responses: Record<string, { $ref?: string; content?: Record<string, object> }>
}
type Document = {
  openapi: string
  paths: Record<string, Record<string, Told>>
  components: { schemas: Record<string, object>; responses: Record<string, object> }
}

async function documentOf(server: Harness): Promise<Document> {
  const answer = await fetch(`${server.url}/api/v1/openapi.json`)
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  return (await answer.json()) as Document
}

const pathOf = (url: string) => url.replace(/:(\w+)/g, '{$1}')

test('the API describes itself in valid OpenAPI 3.1', async () => {
  await using server = await harness()
  const document = await documentOf(server)
  assert.match(document.openapi, /^3\.1\./)
  const { valid, errors } = await new Validator().validate(document)
  assert.ok(valid, JSON.stringify(errors))
})

test('every route that is no page is described, with who may use it', async () => {
  await using server = await harness()
  const { paths } = await documentOf(server)
  const routes = server.http.routes.filter(({ page, method }) => !page && method !== 'HEAD' && method !== 'OPTIONS')
  for (const { method, url, access } of routes) {
    const told = paths[pathOf(url)]?.[method.toLowerCase()]
    const where = 'src/contract/operations.ts, or what speaks no JSON in src/http/openapi/plain-operations.ts'
    assert.ok(told, `${method} ${url} is not described: do so in ${where}`)
    assert.ok(told.summary && told.tags?.length === 1, `${method} ${url} has a summary and a tag`)
    assert.equal(told['x-access'], access, `${method} ${url}`)
    assert.equal(told.security?.length === 0, access === 'public', `${method} ${url}`)
    const problems = Object.keys(told.responses).filter((status) => Number(status) >= 400)
    // What signs somebody in may say no though it is for everybody.
    const signsIn = url.startsWith('/api/v1/session') && method === 'POST'
    assert.equal(problems.includes('401'), access !== 'public' || signsIn, `${method} ${url}`)
  }
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.deepEqual(
    described.toSorted(),
    [...new Set(routes.map(({ method, url }) => `${method} ${pathOf(url)}`))].toSorted(),
  )
})

test('what an API token may is told with the scope that it needs, and left out where none will do', async () => {
  await using server = await harness()
  const { paths } = await documentOf(server)
  const scopes = (path: string, method: string) =>
    paths[path]?.[method]?.security?.flatMap((each) => ('apiToken' in each ? each.apiToken : []))
  assert.deepEqual(scopes('/api/v1/you', 'get'), ['read'])
  assert.deepEqual(scopes('/api/v1/you', 'delete'), [])
  assert.deepEqual(scopes('/api/v1/people', 'get'), ['admin'])
  assert.deepEqual(scopes('/api/v1/channels/{slug}', 'patch'), ['channels'])
  assert.deepEqual(scopes('/api/v1/channels/{slug}/chat/room', 'patch'), ['chat'])
  assert.deepEqual(scopes('/api/v1/channels', 'get'), [])
})

test('every operation of the contract is a route', async () => {
  await using server = await harness()
  const routes = new Set(server.http.routes.map(({ method, url }) => `${method} ${url}`))
  for (const key of [...Object.keys(operations), ...Object.keys(plainOperations)]) {
    assert.ok(routes.has(key), `${key} is told but not there`)
  }
})

test('schemas have their names of the contract, and none is told twice or for nothing', async () => {
  await using server = await harness()
  const document = await documentOf(server)
  const { Channel, ChannelList, NewChannel, Problem, Slug } = document.components.schemas
  for (const schema of [Channel, ChannelList, NewChannel, Problem, Slug]) assert.ok(schema)
  assert.equal(document.components.schemas.SlugInput, undefined)
  assert.match(
    JSON.stringify(document.paths['/api/v1/channels']?.post?.requestBody),
    /"#\/components\/schemas\/NewChannel"/,
  )
  const text = JSON.stringify(document)
  for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    assert.ok(document.components.schemas[name], name)
  }
})

test('what every GET really answers is what the document says', async (t) => {
  const publicUrl = 'https://live.example'
  await using server = await harness({ settings: { publicUrl }, services: { acmeAnswer: (token) => token } })
  const queries: Record<string, string> = {
    '/api/v1/channels/{slug}/known-people': '?query=anna',
    '/api/v1/oembed': `?url=${publicUrl}/c/main`,
  }
  await fetch(`${server.url}/api/v1/channels`, json('POST', { slug: 'main' }, server.admin))
  await fetch(`${server.url}/api/v1/channels`, json('POST', { slug: 'other', title: 'Other' }, server.admin))
  server.live.set('main', LIVE)
  const { person, bearer } = await server.signedIn('admin')
  const picture = { kind: 'png', width: 64, height: 64, bytes: Buffer.from('its bytes') } as const
  const { logo } = await server.pictures.put('main', 'logo', picture)
  const document = await documentOf(server)
  const ajv = new Ajv2020({ strict: false })
  formats.default(ajv)
  ajv.addSchema(document, 'api')
  for (const [path, methods] of Object.entries(document.paths)) {
    const told = methods.get
    if (told === undefined || path.startsWith('/live/') || path.endsWith('/ws')) continue
    await t.test(`GET ${path}`, async () => {
      const address =
        server.url +
        path
          .replace('{slug}', 'main')
          .replace('/people/{id}', `/people/${person.id}`)
          .replace('{file}', logo?.file ?? '')
          .replace(/\{\w+\}/g, '1') +
        (queries[path] ?? '')
      const answer = await fetch(address, { headers: bearer })
      assert.equal(answer.status, 200)
      const type = (answer.headers.get('content-type') ?? '').split(';', 1)[0] ?? ''
      assert.ok(told.responses['200']?.content?.[type], `${type} is told`)
      if (type !== 'application/json' || path.endsWith('openapi.json') || path.endsWith('/export')) return
      const escaped = path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')
      const validate = ajv.compile({ $ref: `api#/paths/${escaped}/get/responses/200/content/application~1json/schema` })
      assert.ok(validate(await answer.json()), JSON.stringify(validate.errors))
    })
  }
})

test('the document is not sent again to who has it', async () => {
  await using server = await harness()
  const first = await fetch(`${server.url}/api/v1/openapi.json`)
  assert.equal(first.headers.get('content-encoding'), 'gzip')
  const etag = first.headers.get('etag') ?? ''
  const again = await fetch(`${server.url}/api/v1/openapi.json`, { headers: { 'if-none-match': etag } })
  assert.equal(again.status, 304)
})
