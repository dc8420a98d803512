import type { BridgeSnapshot } from '../bridge/bridge.ts'
import { defaultKeyOf } from '../bridge/desk/default-key.ts'
import { openDesk, type Desk } from '../bridge/desk/desk.ts'
import { statusHandlers } from '../bridge/desk/status-desk.ts'
import type { Output } from './output.ts'

/**
 * Opens a data directory for a command: there is nobody to ask whether a file will do for secrets.
 * @param snapshot of the bridge that the command runs, once it does
 * @throws AppError as `openDesk`
 */
export function openDeskFor(
  dataDir: string,
  output: Output,
  snapshot: () => BridgeSnapshot | undefined = () => undefined,
): Promise<Desk> {
  return openDesk({
    dataDir,
    notify: (sentence) => output.warn(sentence),
    allowSecretsFile: () => true,
    handlers: (desk) => statusHandlers({ snapshot, defaultKey: () => defaultKeyOf(desk) }),
  })
}
