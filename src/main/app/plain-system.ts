import { toPlainLines, toPlainText } from '../../shared/plain-text.ts'
import type { System } from './ports.ts'

/**
 * Removes invisible characters from text for dialogs, notifications and the clipboard: names and messages may
 * come from other machines.
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
