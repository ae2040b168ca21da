import { ConfigError } from '../base/errors.ts'
import { CertificateFileError } from '../tls/certificate-files.ts'
import type { Where } from './reload/config-in-force.ts'

/** Has what is wrong with a file of the certificate begin with where the setting stands. @throws ConfigError instead */
export async function placeMistakes<Result>(where: Where, reading: Promise<Result>): Promise<Result> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof CertificateFileError)) throw error
    const place = where(['server', 'https', ...error.setting.split('.')])
    throw new ConfigError(`${place}: ${error.message}`, { cause: error })
  }
}
