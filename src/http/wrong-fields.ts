type Field = { readonly path: string; readonly message: string }
/** As zod tells it, or fastify-type-provider-zod of it. */
type Issue = {
  readonly code?: string
  readonly path?: readonly PropertyKey[]
  readonly message?: string
  readonly keys?: readonly string[]
  readonly errors?: readonly (readonly Issue[])[]
}

/** The fields of a request that a fault is about (RFC 9457 section 3), each with its path. */
export function wrongFields({
  keyword,
  instancePath,
  message,
  params,
}: {
  readonly keyword?: string
  readonly instancePath?: string
  readonly message?: string
  readonly params?: Issue
}): Field[] {
  const path = (instancePath ?? '').split('/').filter((part) => part !== '')
  return fieldsOfIssue({ ...params, path, ...(keyword && { code: keyword }), ...(message && { message }) }, [])
}

/** Each field by its own path: those that aren't known, and within alternatives those of the one that was meant. */
function fieldsOfIssue(
  { code, path = [], message = 'not valid', keys = [], errors = [] }: Issue,
  above: readonly PropertyKey[],
): Field[] {
  const here = [...above, ...path]
  const at = (more: readonly string[]): string => [...here, ...more].map(String).join('.')
  if (code === 'unrecognized_keys') return keys.map((key) => ({ path: at([key]), message: 'is not known here' }))
  const meant = errors.toSorted((one, other) => strangeness(one) - strangeness(other))[0]
  if (code === 'invalid_union' && meant !== undefined) return meant.flatMap((issue) => fieldsOfIssue(issue, here))
  return [{ path: at([]), message }]
}

/** What doesn't know a field that came wasn't meant; then what has the fewest faults was. */
const strangeness = (issues: readonly Issue[]): number =>
  issues.filter(({ code }) => code === 'unrecognized_keys').length * 1000 + issues.length
