import { type Metric, single } from '../../base/metric.ts'
import type { CertificateSource } from '../../tls/certificates.ts'

/** The certificate of HTTPS and RTMPS: what must never run out unseen. */
export function* certificateMetrics(source: CertificateSource): Iterable<Metric> {
  const { endsAtMs, selfSigned } = source.certificates.current
  yield single(
    'streamhost_certificate_expiry_seconds',
    'gauge',
    'Seconds since 1970 at which the certificate in use ends.',
    Math.floor(endsAtMs / 1000),
  )
  yield single(
    'streamhost_certificate_self_signed',
    'gauge',
    '1 while the certificate in use was made by the server itself, of which browsers warn; else 0.',
    selfSigned ? 1 : 0,
  )
  yield single(
    'streamhost_certificate_renewal_failures',
    'gauge',
    'Attempts to get or read a new certificate that failed, since the last that did not.',
    source.describe().failures,
  )
}
