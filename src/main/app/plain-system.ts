import { toPlainLines, toPlainText } from '../../shared/plain-text.ts'
import type { System } from './ports.ts'

/**
 * A system that receives sanitised text only: untrusted names and texts end up in dialogs, notifications and the
 * clipboard.
 */
export function plainSystem(system: System): System {
  return {
    ...system,
    writeClipboard: (text) => system.writeClipboard(toPlainLines(text)),
    ask: ({ message, detail, buttons, cancelButton }) =>
      system.ask({
        message: toPlainText(message),
        detail: toPlainLines(detail),
        buttons: buttons.map(toPlainText),
        cancelButton,
      }),
    notify: (title, text, onClick) => system.notify(toPlainText(title), toPlainText(text), onClick),
  }
}
