import { silentLog } from '../../../base/log.ts'
import type { Config } from '../../../config/schema.ts'
import { ffmpegOf, wantsOpus } from '../../config-slices.ts'
import { findFfmpeg } from '../../ffmpeg.ts'
import type { Finding } from './finding.ts'
import { lookAtBox } from './look-at-box.ts'
import { lookAtCertificate } from './look-at-certificate.ts'
import { lookAtClock } from './look-at-clock.ts'
import { lookAtDisk } from './look-at-disk.ts'
import { lookAtFfmpeg } from './look-at-ffmpeg.ts'
import { lookAtPorts } from './look-at-ports.ts'
import { lookFromOutside } from './look-from-outside.ts'
import { runningServer } from './running-server.ts'

/** Looks at everything that a server needs, in the order in which a person would. @param version of this program */
export async function examine(config: Config, file: string | null, version: string): Promise<Finding[]> {
  const { server, finding } = await runningServer(config, version)
  const [ports, disk, clock, certificate, outside] = await Promise.all([
    lookAtPorts(config, server),
    lookAtDisk(config),
    lookAtClock(),
    lookAtCertificate(config, server),
    lookFromOutside(config, server),
  ])
  // By itself: the encoders want the processors that others would be measured with.
  const ffmpeg = ffmpegOf(config) ?? (await findFfmpeg(config.storage.dataDir, silentLog))
  const { findings: encoders, makes } = await lookAtFfmpeg(ffmpeg, wantsOpus(config))
  const box = await lookAtBox(config, makes)
  const settings: Finding = {
    about: 'settings',
    state: 'good',
    found: file ?? 'all defaults: there is no configuration file',
  }
  return [settings, finding, ...ports, ...disk, ...box, clock, ...encoders, ...certificate, ...outside]
}
