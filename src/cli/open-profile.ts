import type { Bridge } from '../bridge/bridge.ts'
import { defaultKeyOf } from '../bridge/profile/default-key.ts'
import { openProfile, type Notify, type Profile } from '../bridge/profile/profile.ts'
import { statusHandlers } from '../bridge/profile/status-commands.ts'
import { wordsFor } from '../shared/words.ts'
import type { Output } from './output.ts'

/** Prints notices of the bridge. */
export function noticesOn(output: Output): Notify {
  return (sentence) => output.warn(wordsFor(sentence, 'cli'))
}

/**
 * Opens a data directory for a command, which cannot ask the user about storing secrets in a file.
 * @param bridge the command's bridge, once it runs
 * @throws AppError like `openProfile`
 */
export function openProfileFor(
  dataDir: string,
  output: Output,
  bridge: () => Bridge | undefined = () => undefined,
): Promise<Profile> {
  const announced = async (): Promise<void> => bridge()?.announced()
  return openProfile({
    dataDir,
    notify: noticesOn(output),
    allowSecretsFile: () => true,
    announced,
    handlers: (profile) =>
      statusHandlers({
        snapshot: () => bridge()?.snapshot,
        defaultKey: () => defaultKeyOf(profile, { announced, renew: true }),
      }),
  })
}
