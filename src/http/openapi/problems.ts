import { type Kind, PROBLEM_KINDS, type ProblemKind, problemType } from '../problem-kinds.ts'

type Json = Readonly<Record<string, unknown>>

/** `#/components/responses/…` of each kind of problem. */
export function problemResponses(): Record<string, Json> {
  const names = Object.keys(PROBLEM_KINDS) as ProblemKind[]
  return Object.fromEntries(names.map((kind) => [nameOf(kind), responseOf(kind)]))
}

/** References for an operation, by status; kinds that share a status are told together. */
export function problemsOf(kinds: readonly ProblemKind[]): Record<string, Json> {
  const out: Record<string, Json> = {}
  for (const kind of kinds) out[PROBLEM_KINDS[kind].status] = { $ref: `#/components/responses/${nameOf(kind)}` }
  return out
}

function responseOf(kind: ProblemKind): Json {
  const { status, title, when, headers }: Kind = PROBLEM_KINDS[kind]
  return {
    description: when,
    ...(headers === undefined ? {} : { headers: headersOf(headers) }),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        example: {
          type: problemType(kind),
          title,
          status,
          ...(kind === 'invalid' ? { errors: [{ path: 'slug', message: 'use a-z, 0-9, - and _' }] } : {}),
        },
      },
    },
  }
}

function headersOf(headers: Readonly<Record<string, string>>): Json {
  const entries = Object.entries(headers).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ])
  return Object.fromEntries(entries)
}

/** `not-found` → `NotFound`. */
function nameOf(kind: ProblemKind): string {
  return kind.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
}
