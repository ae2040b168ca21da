import type { DeviceRecord, PersonRecord } from '../accounts/people/person-store.ts'
import type { Grant } from '../accounts/sign-in/devices.ts'
import type { Device, Person, Session, SessionPerson } from '../contract/people.ts'

/** As they see themselves. */
export function sessionPerson({ id, name, email, emailVerified, role }: PersonRecord): SessionPerson {
  return { id, name, email, emailVerified, role }
}

/** What who just signed in, or was renewed, is told. */
export function grantView({ person, access }: Grant): Session {
  return {
    role: person.role,
    person: sessionPerson(person),
    expiresAt: new Date(access.expiresAtMs).toISOString(),
    renewable: false,
  }
}

/** As admins see them. */
export function personView(person: PersonRecord): Person {
  const { createdAtMs, lastSeenAtMs, disabledAtMs } = person
  return {
    ...sessionPerson(person),
    disabled: disabledAtMs !== null,
    createdAt: new Date(createdAtMs).toISOString(),
    lastSeenAt: lastSeenAtMs === null ? null : new Date(lastSeenAtMs).toISOString(),
  }
}

/** @param current the device that asks */
export function deviceView(device: DeviceRecord, current: string | undefined): Device {
  const { id, agent, address, createdAtMs, lastUsedAtMs } = device
  return {
    ...{ id, agent, address, current: id === current },
    createdAt: new Date(createdAtMs).toISOString(),
    lastUsedAt: new Date(lastUsedAtMs).toISOString(),
  }
}
