/** Entry of the utility process in which the desktop app runs its built-in relay. */
import { createLogger } from '../bridge/log/pino-logger.ts'
import { serveApp } from './serve-app.ts'

// The app writes the lines to its own log.
const logger = createLogger({ level: 'warn', format: 'json' })
const { parentPort } = process

const commanded = serveApp({
  logger,
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- between processes there is no origin
  tell: (event) => parentPort.postMessage(event),
  exit: () => process.exit(0),
})
parentPort.on('message', ({ data }) => commanded(data))
