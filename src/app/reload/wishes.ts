import type { ConfigSource } from '../cli/ports.ts'
import type { ConfigInForce } from './config-in-force.ts'
import type { Reload } from './reload.ts'
import { SavedFile } from './saved-file.ts'

export type WishesOptions = {
  readonly inForce: ConfigInForce
  readonly reload: Reload
  readonly source: Pick<ConfigSource, 'file' | 'onSignal'>
}

/** Reads the configuration again when a signal asks for it, and with `server.reload: save` when its file was saved. */
export function reloadOnWish({ inForce, reload, source }: WishesOptions): Disposable {
  const forget = source.onSignal(() => void reload.reloadBy('signal'))
  const { file } = source
  const saved =
    file === null
      ? undefined
      : new SavedFile(
          file,
          () => reload.version,
          () => void reload.reloadBy('save'),
        )
  const watch = (): void => {
    if (inForce.config.server.reload === 'save') saved?.start()
    else saved?.stop()
  }
  watch()
  inForce.onChange(({ server }) => server.reload, watch)
  return {
    [Symbol.dispose]() {
      forget()
      saved?.stop()
    },
  }
}
