import { app, dialog } from 'electron'
import { toAppError, type AppError } from '../../shared/errors.ts'
import { localeFor } from '../../shared/i18n/language.ts'
import type { Logger } from '../../shared/logger.ts'
import { toPlainText } from '../../shared/plain-text.ts'
import { crashPlanFor, exitCodeFor } from '../app/crash-plan.ts'
import { textOf, wordsOf } from '../view/words/view-words.ts'

/** Reports a failed start where the user sees it, and exits. */
export function fail(logger: Logger, cause: unknown): void {
  const error = toAppError(cause)
  logger.error({ err: cause }, 'start failed')
  process.stderr.write(`${toPlainText(error.message)}\n`)
  // A parent command reads stderr, and an error box would keep it waiting.
  if (process.channel === undefined) showFailure(error)
  app.exit(exitCodeFor(error.code))
}

/** In the system's language: the user's choice may be what cannot be read. */
function showFailure({ words: text }: AppError): void {
  const words = wordsOf({ locale: localeFor('system', app.getPreferredSystemLanguages()) })
  dialog.showErrorBox(words.t('start.failed'), toPlainText(textOf(words, text)))
}

/** Logs uncaught errors, and restarts the app after a crash so that the tray icon returns. */
export function watchCrashes(logger: Logger): void {
  process.on('unhandledRejection', (cause) => logger.error({ err: cause }, 'unhandled rejection'))
  process.on('uncaughtException', (cause) => {
    logger.error({ err: cause }, 'crashed')
    const hasParent = process.channel !== undefined
    if (crashPlanFor({ uptimeS: process.uptime(), hasParent }) === 'giveUp') return fail(logger, cause)
    app.relaunch()
    app.exit(1)
  })
}
