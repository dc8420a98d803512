import { rename } from 'node:fs/promises'

import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'

import type { Clock } from '../../shared/clock.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { readOwnFile } from './ownership.ts'
import { systemErrorCode, unusableFile } from '../../shared/system-error.ts'
import type { KeyedText } from '../../shared/words.ts'

/** Fields that are named if the content of a file is not as expected. */
const MAX_FIELDS = 5

/** An unreadable file that was moved aside. */
export interface BadFile {
  readonly path: string
  readonly movedTo: string
  readonly reason: KeyedText
}

/** `null` for readers that do not own the directory: a bad file stays in place, and opening it fails. */
export type OnBadFile = ((bad: BadFile) => void) | null

export interface StoreFileOptions<T> {
  readonly path: string
  readonly schema: z.ZodType<T>
  /** The value if the file does not exist. */
  readonly empty: T
  readonly clock: Clock
  readonly onBad: OnBadFile
}

/** One JSON file of the data directory: readable by this user only, replaced atomically, never erased. */
export class StoreFile<T> {
  readonly #path: string
  #value: T
  #lastUpdate: Promise<unknown> = Promise.resolve()

  private constructor(path: string, value: T) {
    this.#path = path
    this.#value = value
  }

  /**
   * Reads the file. One that does not match the schema is moved aside and reported, and `empty` is used.
   * @throws AppError CONFIG_INVALID if the file cannot be read or moved, is bad and `onBad` is null, or could have been
   * written by others
   */
  static async open<T>(options: StoreFileOptions<T>): Promise<StoreFile<T>> {
    return new StoreFile(options.path, await read(options))
  }

  /** The current value. */
  get value(): T {
    return this.#value
  }

  /**
   * Writes the result of `change`. Updates are serialized; the value changes once it is on disk.
   * @throws the error of `change`, or AppError CONFIG_INVALID if the file cannot be written; the value is then
   * unchanged
   */
  update(change: (value: T) => T): Promise<T> {
    const update = this.#lastUpdate.then(() => this.#write(change(this.#value)))
    this.#lastUpdate = update.catch(() => {})
    return update
  }

  async #write(value: T): Promise<T> {
    try {
      await writeFileAtomic(this.#path, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
    } catch (cause) {
      throw unusableFile(this.#path, cause)
    }
    this.#value = value
    return value
  }
}

async function read<T>(options: StoreFileOptions<T>): Promise<T> {
  const text = await readText(options.path, options.onBad !== null)
  if (text === null) return options.empty
  try {
    return options.schema.parse(JSON.parse(text))
  } catch (cause) {
    await moveAside(options, reasonOf(cause))
    return options.empty
  }
}

async function readText(path: string, isHeld: boolean): Promise<string | null> {
  try {
    return await readOwnFile(path, isHeld)
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return null
    throw unusableFile(path, cause)
  }
}

/** Names fields only: the content may be secret, and the parser's message quotes it. */
function reasonOf(cause: unknown): KeyedText {
  if (!(cause instanceof z.ZodError)) return errorCase('case.file.notJson')
  const fields = cause.issues.slice(0, MAX_FIELDS).map(({ path }) => path.join('.') || 'not an object')
  return errorCase('case.file.content', { fields: fields.join(', ') })
}

async function moveAside<T>(options: StoreFileOptions<T>, reason: KeyedText): Promise<void> {
  const { path, clock, onBad } = options
  if (onBad === null) throw new AppError('CONFIG_INVALID', errorCase('case.file.unusable', { path, reason }))
  const movedTo = movedAsideName(path, clock)
  try {
    await rename(path, movedTo)
  } catch (cause) {
    throw unusableFile(path, cause)
  }
  onBad({ path, movedTo, reason })
}

/** The name under which an unusable file is kept. */
export function movedAsideName(path: string, clock: Clock): string {
  return `${path}.bad-${new Date(clock.now()).toISOString().replaceAll(':', '')}`
}

/** Tells the user which file was moved aside. */
export function reportBadFile(notify: (sentence: KeyedText) => void): (bad: BadFile) => void {
  return (bad) => notify(errorCase('notice.fileReplaced', { ...bad }))
}
