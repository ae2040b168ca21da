import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Program } from '../../oracles/program.ts'

/** Debian's names of what OBS needs to run without a screen. */
export const OBS_PACKAGES = ['obs-studio', 'xvfb', 'libgl1-mesa-dri']
/** Programs that show that they are there. */
export const OBS_PROGRAMS = ['obs', 'Xvfb']

const NAME = 'StreamHost'
/** OBS takes the screen for its canvas, so a small one is gentle to the processor. */
const SCREEN = '640x360x24'
/** 29.0.2: a version that has run before shows no wizard. */
const VERSION = (29 << 24) | 2

/** A virtual screen; `display` is its name for X programs. */
export async function virtualScreen(): Promise<{ readonly display: string; readonly xvfb: Program }> {
  const args = ['-displayfd', '3', '-screen', '0', SCREEN, '+extension', 'GLX', '-nolisten', 'tcp']
  const xvfb = new Program('Xvfb', args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  const numbers = xvfb.child.stdio[3] as Readable | null
  if (numbers === null) throw new Error('Xvfb has no pipe')
  const told = once(numbers, 'data').then(([chunk]) => `:${String(chunk).trim()}`)
  const display = await Promise.race([
    told,
    xvfb.exited.then((status): never => {
      throw new Error(`Xvfb ended with ${status}: ${xvfb.output}`)
    }),
  ])
  return { display, xvfb }
}

/**
 * A home directory in which OBS finds a profile with nothing but its server and key, and one scene: all the rest is as it
 * comes (x264 at 2500 kbit/s, 30 frames a second, a key frame every 250 frames, B-frames).
 */
export async function obsHome(home: string, stream: { readonly server: string; readonly key: string }): Promise<void> {
  const config = join(home, '.config', 'obs-studio')
  const profile = join(config, 'basic', 'profiles', NAME)
  await mkdir(profile, { recursive: true })
  await mkdir(join(config, 'basic', 'scenes'), { recursive: true })
  await mkdir(join(home, 'run'), { recursive: true, mode: 0o700 })
  const selected = [`Profile=${NAME}`, `ProfileDir=${NAME}`, `SceneCollection=${NAME}`, `SceneCollectionFile=${NAME}`]
  await writeFile(
    join(config, 'global.ini'),
    ini({
      General: ['FirstRun=true', `LastVersion=${VERSION}`, 'EnableAutoUpdates=false', 'ConfirmOnExit=false'],
      Basic: selected,
      BasicWindow: ['WarnBeforeStartingStream=false', 'WarnBeforeStoppingStream=false', 'PreviewEnabled=false'],
    }),
  )
  await writeFile(join(profile, 'basic.ini'), ini({ General: [`Name=${NAME}`] }))
  const settings = { server: stream.server, key: stream.key, use_auth: false, bwtest: false }
  await writeFile(join(profile, 'service.json'), JSON.stringify({ type: 'rtmp_custom', settings }))
  await writeFile(join(config, 'basic', 'scenes', `${NAME}.json`), JSON.stringify(scenes()))
}

/** OBS as a person starts it who has ticked "start streaming". */
export function startObs(home: string, display: string): Program {
  const flags = [
    '--startstreaming',
    '--minimize-to-tray',
    '--disable-updater',
    '--disable-missing-files-check',
    '--multi',
  ]
  return new Program('obs', [...flags, '--profile', NAME, '--collection', NAME], {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      HOME: home,
      XDG_CONFIG_HOME: join(home, '.config'),
      XDG_RUNTIME_DIR: join(home, 'run'),
      DISPLAY: display,
      QT_QPA_PLATFORM: 'xcb',
      LIBGL_ALWAYS_SOFTWARE: '1',
      // It asks its makers for a newer list of services; here it gets no further than this machine.
      https_proxy: 'http://127.0.0.1:9',
    },
  })
}

function ini(sections: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(sections)
    .map(([name, lines]) => `[${name}]\n${lines.join('\n')}\n`)
    .join('\n')
}

/** One scene with a colour over the whole canvas. */
function scenes(): object {
  const [width, height] = SCREEN.split('x').map(Number)
  const colour = {
    id: 'color_source_v3',
    versioned_id: 'color_source_v3',
    name: 'Colour',
    settings: { color: 0xff_30_90_d0, width, height },
  }
  const item = { name: 'Colour', id: 1, visible: true, pos: { x: 0, y: 0 }, scale: { x: 1, y: 1 } }
  const scene = { id: 'scene', name: 'Scene', settings: { items: [item], id_counter: 1, custom_size: false } }
  return {
    name: NAME,
    current_scene: 'Scene',
    current_program_scene: 'Scene',
    scene_order: [{ name: 'Scene' }],
    sources: [colour, scene],
  }
}
