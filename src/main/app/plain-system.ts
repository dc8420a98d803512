import { toPlainLines, toPlainText } from '../../shared/plain-text.ts'
import type { System } from './ports.ts'

/** The system, told only what can be seen: names and texts from elsewhere end up in questions, notifications and the clipboard. */
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
