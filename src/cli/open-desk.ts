import type { Bridge } from '../bridge/bridge.ts'
import { defaultKeyOf } from '../bridge/desk/default-key.ts'
import { openDesk, type Desk } from '../bridge/desk/desk.ts'
import { statusHandlers } from '../bridge/desk/status-desk.ts'
import type { Output } from './output.ts'

/**
 * Opens a data directory for a command: there is nobody to ask whether a file will do for secrets.
 * @param bridge that the command runs, once it does
 * @throws AppError as `openDesk`
 */
export function openDeskFor(
  dataDir: string,
  output: Output,
  bridge: () => Bridge | undefined = () => undefined,
): Promise<Desk> {
  const announced = async (): Promise<void> => bridge()?.announced()
  return openDesk({
    dataDir,
    notify: (sentence) => output.warn(sentence),
    allowSecretsFile: () => true,
    announced,
    handlers: (desk) =>
      statusHandlers({ snapshot: () => bridge()?.snapshot, defaultKey: () => defaultKeyOf(desk, announced) }),
  })
}
