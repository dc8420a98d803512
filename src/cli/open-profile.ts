import type { Bridge } from '../bridge/bridge.ts'
import { defaultKeyOf } from '../bridge/profile/default-key.ts'
import { openProfile, type Profile } from '../bridge/profile/profile.ts'
import { statusHandlers } from '../bridge/profile/status-commands.ts'
import type { Output } from './output.ts'

/**
 * Opens a data directory for a command: there is nobody to ask whether a file will do for secrets.
 * @param bridge that the command runs, once it does
 * @throws AppError as `openProfile`
 */
export function openProfileFor(
  dataDir: string,
  output: Output,
  bridge: () => Bridge | undefined = () => undefined,
): Promise<Profile> {
  const announced = async (): Promise<void> => bridge()?.announced()
  return openProfile({
    dataDir,
    notify: (sentence) => output.warn(sentence),
    allowSecretsFile: () => true,
    announced,
    handlers: (profile) =>
      statusHandlers({
        snapshot: () => bridge()?.snapshot,
        defaultKey: () => defaultKeyOf(profile, announced),
      }),
  })
}
