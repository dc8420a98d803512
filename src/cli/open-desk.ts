import { openDesk, type Desk } from '../bridge/desk/desk.ts'
import type { Output } from './output.ts'

/** Opens a data directory for a command: there is nobody to ask whether a file will do for secrets. @throws AppError as `openDesk` */
export function openDeskFor(dataDir: string, output: Output): Promise<Desk> {
  return openDesk({ dataDir, notify: (sentence) => output.warn(sentence), allowSecretsFile: () => true })
}
