import {
  requests,
  type Answer,
  type HandlersFor,
  type PayloadOf,
  type RequestName,
} from '../../shared/ipc/contract.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { redactText } from '../../shared/redact.ts'
import { textOf, type ViewWords } from '../view/words/view-words.ts'
import { APP_ORIGIN } from './assets.ts'

/** Sender of an IPC message: the relevant part of Electron's `senderFrame`. */
export interface Sender {
  readonly url: string
  readonly isTopFrame: boolean
  readonly isOurWindow: boolean
}

export interface GateOptions {
  readonly handlers: HandlersFor
  readonly logger: Logger
  /** For errors. */
  readonly words: ViewWords
}

/**
 * Answers a request from the window: checks the sender, then the request, then calls the handler. Never
 * rejects: an error becomes an answer.
 */
export async function answerRequest(
  { handlers, logger, words }: GateOptions,
  sender: Sender,
  name: unknown,
  payload: unknown,
): Promise<Answer<unknown>> {
  try {
    if (!isTrusted(sender)) throw new AppError('FORBIDDEN', errorCase('case.windowRequest'))
    if (!isRequestName(name)) throw new AppError('NOT_FOUND', errorCase('case.windowRequest'))
    return { ok: true, result: await handle(handlers, name, payload) }
  } catch (cause) {
    const error = toAppError(cause)
    // Errors without a code are bugs, so their stack is needed.
    const level = error.code === 'INTERNAL' ? 'error' : 'info'
    logger[level]({ request: String(name), err: cause }, 'window request failed')
    return { ok: false, error: { code: error.code, message: redactText(textOf(words, error.words)) } }
  }
}

async function handle<Name extends RequestName>(handlers: HandlersFor, name: Name, payload: unknown) {
  const parsed = requests[name].safeParse(payload)
  if (!parsed.success) throw new AppError('BAD_REQUEST', errorCase('case.windowRequest'))
  return handlers[name](parsed.data as PayloadOf<Name>)
}

function isRequestName(name: unknown): name is RequestName {
  return typeof name === 'string' && Object.hasOwn(requests, name)
}

function isTrusted({ url, isTopFrame, isOurWindow }: Sender): boolean {
  return isOurWindow && isTopFrame && (url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`))
}
