import { MalformedError } from './errors.ts'

/** One value of a request breaks a rule that its schema can't express. `path` names it as in the request's body. */
export class InvalidFieldError extends MalformedError {
  readonly path: string
  constructor(path: string, message: string) {
    super(message)
    this.path = path
  }
}
