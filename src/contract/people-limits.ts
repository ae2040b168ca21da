/** What page and server both must know of people; without the schemas, so that a page can have it without their library. */

/** Longest name of a person, in UTF-16 code units. */
export const PERSON_NAME_LENGTH = 40
/** RFC 5321 section 4.5.3.1.3, without the angle brackets. */
export const EMAIL_LENGTH = 254
/** NIST SP 800-63B-4 section 3.1.1.2 asks for 15 where a password is all there is, and for 8 beside something else; ours is slow to try. */
export const PASSWORD_MIN = 10
export const PASSWORD_MAX = 200
