import type { FastifyRequest } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import type { PersonRecord } from '../accounts/people/person-store.ts'
import { NotFoundError, RefusedError } from '../base/errors.ts'

/** Who asks, as they are kept. @throws RefusedError UNAUTHORIZED when they have just left */
export async function personOf(request: FastifyRequest, accounts: Accounts): Promise<PersonRecord> {
  const { person } = request.identity
  if (person === undefined) throw new RefusedError('UNAUTHORIZED', 'sign in')
  try {
    return await accounts.people.get(person.id)
  } catch (error) {
    if (error instanceof NotFoundError) throw new RefusedError('UNAUTHORIZED', 'this account is no more')
    throw error
  }
}
