import type { SwaggerTransform } from '@fastify/swagger'
import type { FastifySchema, RouteOptions } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { Operation } from '../../contract/operation.ts'
import { operations } from '../../contract/operations.ts'
import { namedSchemas } from './named-schemas.ts'

/** What zod writes for its own sake says nothing to who reads the document. */
type Settings = NonNullable<Parameters<typeof createJsonSchemaTransform>[0]>
const zodToJsonConfig: NonNullable<Settings['zodToJsonConfig']> = {
  override: ({ jsonSchema }) => {
    // The format says it; the pattern is a line of digits.
    if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  },
}
const settings = { schemaRegistry: namedSchemas, zodToJsonConfig }
const toJson = createJsonSchemaTransform(settings)

/** Puts the contract's named schemas into the document. */
export const namedComponents = createJsonSchemaTransformObject(settings)

/** The contract's operation of a route; undefined: told in words, or a page. */
export function operationOf(method: string, url: string): Operation | undefined {
  const table: Readonly<Record<string, Operation>> = operations
  return table[`${method} ${url}`]
}

/** For the document: what the contract says of the route; what it doesn't know is left out here. */
export const transform: SwaggerTransform<FastifySchema> = (route) => {
  const { schema, url } = route
  const operation = operationOf(methodOf(route.route), url)
  if (operation === undefined) return { schema: { ...schema, hide: true }, url }
  const { problems: _, ...told } = operation
  return toJson({ ...route, schema: told as FastifySchema })
}

function methodOf({ method }: Pick<RouteOptions, 'method'>): string {
  return Array.isArray(method) ? (method.find((each) => each !== 'HEAD') ?? '') : method
}
