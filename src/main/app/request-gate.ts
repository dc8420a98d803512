import {
  requests,
  type Answer,
  type HandlersFor,
  type PayloadOf,
  type RequestName,
} from '../../shared/ipc/contract.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { redactText } from '../../shared/redact.ts'
import { APP_ORIGIN } from './assets.ts'
import { errorWords } from '../view/error-words.ts'

/** The sender of a message: the relevant part of Electron's `senderFrame`. */
export interface Sender {
  readonly url: string
  readonly isTopFrame: boolean
  readonly isOurWindow: boolean
}

/**
 * Handles a request of the window: checks sender and schema, then calls the handler. Never rejects: an error becomes a
 * response.
 */
export async function answerRequest(
  handlers: HandlersFor,
  logger: Logger,
  sender: Sender,
  name: unknown,
  payload: unknown,
): Promise<Answer<unknown>> {
  try {
    if (!isTrusted(sender)) throw new AppError('FORBIDDEN', 'This page may not ask the app for anything.')
    if (!isRequestName(name)) throw new AppError('NOT_FOUND', 'The app knows no such request.')
    return { ok: true, result: await handle(handlers, name, payload) }
  } catch (cause) {
    const error = toAppError(cause)
    // An error without a code is a bug: log the stack trace.
    const level = error.code === 'INTERNAL' ? 'error' : 'info'
    logger[level]({ request: String(name), err: cause }, 'request of the window refused')
    return { ok: false, error: { code: error.code, message: redactText(errorWords(error)) } }
  }
}

async function handle<Name extends RequestName>(handlers: HandlersFor, name: Name, payload: unknown) {
  const parsed = requests[name].safeParse(payload)
  if (!parsed.success)
    throw new AppError('BAD_REQUEST', 'The window asked in a form that the app does not know.')
  return handlers[name](parsed.data as PayloadOf<Name>)
}

function isRequestName(name: unknown): name is RequestName {
  return typeof name === 'string' && Object.hasOwn(requests, name)
}

function isTrusted({ url, isTopFrame, isOurWindow }: Sender): boolean {
  return isOurWindow && isTopFrame && (url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`))
}
