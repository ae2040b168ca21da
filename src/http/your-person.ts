import type { FastifyRequest } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import type { PersonRecord } from '../accounts/people/person-store.ts'
import { NotFoundError, RefusedError } from '../base/errors.ts'

/** The person who asks. @throws RefusedError UNAUTHORIZED for nobody, which rules for people let nobody be */
export function personIdOf({ identity }: FastifyRequest): string {
  if (identity.person === undefined) throw new RefusedError('UNAUTHORIZED', 'sign in')
  return identity.person.id
}

/** Who asks, as they are kept. @throws RefusedError UNAUTHORIZED when they have just left */
export async function personOf(request: FastifyRequest, accounts: Accounts): Promise<PersonRecord> {
  const id = personIdOf(request)
  try {
    return await accounts.people.get(id)
  } catch (error) {
    if (error instanceof NotFoundError) throw new RefusedError('UNAUTHORIZED', 'this account is no more')
    throw error
  }
}
