/** As much of OpenAPI 3.1 and JSON Schema as our own document uses. */
export type Schema = {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
}

export type Parameter = {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Schema
}

export type Content = Readonly<
  Record<string, { readonly schema?: Schema; readonly example?: { readonly type?: string } }>
>
export type Answer = { readonly $ref?: string; readonly description?: string; readonly content?: Content }

export type Told = {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required?: boolean; readonly content?: Content }
  readonly responses: Readonly<Record<string, Answer>>
  readonly security?: readonly object[]
}

export type OpenApi = {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Told>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly responses: Readonly<Record<string, Answer>>
  }
}

export type Operation = Told & { readonly method: string; readonly path: string }
export type Group = { readonly name: string; readonly description: string; readonly operations: readonly Operation[] }

/** Operations by their tag, in the order of tags and addresses; tags of nothing are left out. */
export function groupsOf(document: OpenApi): Group[] {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, told]) => ({ ...told, method: method.toUpperCase(), path })),
  )
  return document.tags
    .map(({ name, description }) => ({ name, description, operations: all.filter(({ tags }) => tags[0] === name) }))
    .filter(({ operations }) => operations.length > 0)
}

export type ProblemTold = {
  readonly id: string
  readonly title: string
  readonly status: number
  readonly when: string
}

/** Every problem, with the anchor that its `type` names. */
export function problemsOf(document: OpenApi): ProblemTold[] {
  return Object.values(document.components.responses).map(({ description = '', content }) => {
    const example = Object.values(content ?? {})[0]?.example as { type?: string; title?: string; status?: number }
    return {
      id: example?.type?.split('#')[1] ?? '',
      title: example?.title ?? '',
      status: example?.status ?? 0,
      when: description,
    }
  })
}

/** `#/components/schemas/Channel` → `Channel`. */
export function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1)
}

/** The schema of a body, if it has one of JSON. */
export function jsonSchemaOf(content: Content | undefined): Schema | undefined {
  return content?.['application/json']?.schema
}

/** Follows the reference of an answer. */
export function answerOf(document: OpenApi, answer: Answer): Answer {
  return answer.$ref === undefined ? answer : (document.components.responses[refName(answer.$ref)] ?? answer)
}
