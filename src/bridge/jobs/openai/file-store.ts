import { createHash, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '../../../shared/clock.ts'
import { AppError } from '../../../shared/errors.ts'
import { toPlainText } from '../../../shared/plain-text.ts'
import { createPrivateDir } from '../../data-dir/paths.ts'
import type { DatabaseSync } from '../../database/database.ts'
import type { KeptName } from '../../kept/kept-name.ts'
import type { JobScope } from '../job-queries.ts'
import type { FilePurpose, FileRecord } from './file-record.ts'
import { FileTable, type FileName, type FileOwner } from './file-table.ts'
import type { PageQuery } from './list-page.ts'
import { notFound } from './openai-fault.ts'

/** Limits of the files of one key. */
export interface FileLimits {
  readonly maxFiles: number
  /** Bytes of all files together, including those that are being uploaded. */
  readonly maxBytes: number
}

export interface FileStoreOptions {
  readonly database: DatabaseSync
  /** Holds the bytes, in one file per id. Nothing else may be in it. */
  readonly directory: string
  readonly clock: Clock
  readonly limits: () => FileLimits
}

export interface FileDescription {
  readonly filename: string
  readonly purpose: FilePurpose
  /** Lifetime in seconds; `null` = without end. */
  readonly expiresAfterS: number | null
}

export interface StoredFile {
  readonly record: FileRecord
  /** Opens the bytes. */
  readonly content: () => Readable
}

/** Each holds a file descriptor and writes to the disk. */
const MAX_UPLOADS_PER_KEY = 4
const MAX_FILENAME_CHARS = 255
const PARTIAL = '.part'

/** Files of the keys: facts in the database, bytes in private files of the data directory. */
export class FileStore {
  readonly #options: FileStoreOptions
  readonly #table: FileTable
  readonly #incoming = new Set<IncomingFile>()

  private constructor(options: FileStoreOptions) {
    this.#options = options
    this.#table = new FileTable(options.database)
  }

  /** Opens the store, and removes the bytes of uploads that a crash interrupted. */
  static async open(options: FileStoreOptions): Promise<FileStore> {
    const store = new FileStore(options)
    createPrivateDir(options.directory)
    const known = new Set(store.#table.ids())
    const strays = (await readdir(options.directory)).filter((name) => !known.has(name))
    await Promise.all(strays.map((name) => rm(join(options.directory, name), { force: true })))
    return store
  }

  /**
   * Begins an upload of a key.
   * @param name repeating the same upload with it returns the existing file; a different upload is refused with KEPT_NAME_REUSED
   * @throws AppError TOO_MANY_STREAMS, JOB_STORAGE_FULL
   */
  receive(owner: FileOwner, id: string, name?: KeptName): IncomingFile {
    const { grantId } = owner
    const uploads = this.#incomingOf(grantId).length
    if (uploads >= MAX_UPLOADS_PER_KEY) throw new AppError('TOO_MANY_STREAMS')
    const { maxFiles, maxBytes } = this.#options.limits()
    if (this.#table.totalsOf(grantId).files + uploads >= maxFiles)
      throw new AppError('JOB_STORAGE_FULL', `This key has ${maxFiles} files already. Delete some of them.`)
    return this.#begin(owner, id, maxBytes, name)
  }

  /** Begins a file of the bridge's own, such as the output of a batch, outside the key's limits. */
  produce(owner: FileOwner, id: string): IncomingFile {
    return this.#begin(owner, id, Infinity)
  }

  /** @throws OpenAiFault if there is no such file */
  get(scope: JobScope, id: string, param = 'id'): FileRecord {
    const record = this.#table.find(scope, id, this.#nowS)
    if (record === undefined) throw notFound('File', id, param)
    return record
  }

  /** A page, and one file of the next page. @throws OpenAiFault if the position is unknown */
  list(scope: JobScope, purpose: string | null, page: PageQuery): FileRecord[] {
    return this.#table.list(scope, purpose, page, this.#nowS)
  }

  /** The bytes, at the reader's pace. @throws OpenAiFault if there is no such file */
  async open(scope: JobScope, id: string, param = 'id'): Promise<StoredFile> {
    const record = this.get(scope, id, param)
    const path = this.#pathOf(id)
    // It may have been removed by hand.
    if ((await stat(path).catch(() => null)) === null) throw notFound('File', id, param)
    return { record, content: () => createReadStream(path) }
  }

  /** @throws OpenAiFault if there is no such file */
  async delete(scope: JobScope, id: string): Promise<void> {
    this.get(scope, id)
    await this.#remove([id])
  }

  async deleteExpired(): Promise<void> {
    await this.#remove(this.#table.expiredIds(this.#nowS))
  }

  /** Bytes of a key, including those of its uploads. */
  bytesOf(grantId: string): number {
    const incoming = this.#incomingOf(grantId).reduce((sum, { bytes }) => sum + bytes, 0)
    return this.#table.totalsOf(grantId).bytes + incoming
  }

  #begin(owner: FileOwner, id: string, maxBytes: number, name?: KeptName): IncomingFile {
    const ports: IncomingPorts = {
      room: () => maxBytes - this.bytesOf(owner.grantId),
      keep: (facts) => this.#keep(incoming, id, facts, name),
      over: () => void this.#incoming.delete(incoming),
    }
    const hash = name && createHash('sha256')
    const incoming: IncomingFile = new IncomingFile(this.#pathOf(id) + PARTIAL, owner, ports, hash)
    this.#incoming.add(incoming)
    return incoming
  }

  async #keep(
    { owner, partialPath, bytes, digest }: IncomingFile,
    id: string,
    { filename: sentName, purpose, expiresAfterS }: FileDescription,
    name?: KeptName,
  ): Promise<FileRecord> {
    const [path, createdAt] = [this.#pathOf(id), this.#nowS]
    const filename = toPlainText(sentName).slice(0, MAX_FILENAME_CHARS)
    const expiresAt = expiresAfterS === null ? null : createdAt + expiresAfterS
    await rename(partialPath, path)
    try {
      const stored = name && { ...name, digest: JSON.stringify([purpose, filename, digest]) }
      const existing = stored && this.#namedFile(owner, stored)
      if (existing === undefined)
        this.#table.put(owner, { id, purpose, filename, bytes, createdAt, expiresAt }, stored)
      else await rm(path)
      return existing ?? this.get({ kind: 'key', ...owner }, id)
    } catch (cause) {
      await rm(path, { force: true })
      throw cause
    }
  }

  /** @throws AppError KEPT_NAME_REUSED */
  #namedFile(
    owner: FileOwner,
    { text, digest, isConversation }: KeptName & FileName,
  ): FileRecord | undefined {
    const existing = this.#table.named(owner, text, this.#nowS)
    if (existing?.digest === digest) return existing.record
    if (existing !== undefined && !isConversation) throw new AppError('KEPT_NAME_REUSED')
    // This is the next turn of the conversation, or the file has expired.
    this.#table.freeName(owner, text)
    return undefined
  }

  /** The rows first: bytes without a row are removed at the next start. */
  async #remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#table.delete(id)
    await Promise.all(ids.map((id) => rm(this.#pathOf(id), { force: true })))
  }

  #incomingOf(grantId: string): IncomingFile[] {
    return [...this.#incoming].filter((each) => each.owner.grantId === grantId)
  }

  #pathOf(id: string): string {
    return join(this.#options.directory, id)
  }

  get #nowS(): number {
    return Math.floor(this.#options.clock.now() / 1000)
  }
}

interface IncomingPorts {
  /** Bytes that the key may still store. */
  readonly room: () => number
  readonly keep: (facts: FileDescription) => Promise<FileRecord>
  readonly over: () => void
}

/** A file that is being written. It exists for others once it is kept. */
export class IncomingFile {
  readonly partialPath: string
  readonly owner: FileOwner
  readonly #ports: IncomingPorts
  /** Only for a file with a name. */
  readonly #hash: Hash | undefined
  #bytes = 0

  constructor(partialPath: string, owner: FileOwner, ports: IncomingPorts, hash?: Hash) {
    this.partialPath = partialPath
    this.owner = owner
    this.#ports = ports
    this.#hash = hash
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** The digest of all bytes written. Can be read only once. */
  get digest(): string {
    return this.#hash?.digest('base64url') ?? ''
  }

  /** Writes a source to the disk at the disk's pace. @throws AppError JOB_STORAGE_FULL, or the source's error */
  async fill(source: AsyncIterable<Uint8Array>): Promise<void> {
    const file = createWriteStream(this.partialPath, { mode: 0o600, flush: true })
    const closed = new Promise<void>((resolve) => void file.on('close', resolve))
    try {
      await pipeline(source, (chunks) => this.#counted(chunks), file)
    } finally {
      // A pipeline that fails does not wait for the file, which would then be created after it was dropped.
      await closed
    }
  }

  async keep(facts: FileDescription): Promise<FileRecord> {
    try {
      return await this.#ports.keep(facts)
    } finally {
      this.#ports.over()
    }
  }

  /** Removes what was written. */
  async drop(): Promise<void> {
    this.#ports.over()
    await rm(this.partialPath, { force: true })
  }

  async *#counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      if (chunk.length > this.#ports.room())
        throw new AppError(
          'JOB_STORAGE_FULL',
          'The files of this key take all the space that they may. Delete some of them.',
        )
      this.#bytes += chunk.length
      this.#hash?.update(chunk)
      yield chunk
    }
  }
}
