import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../../../shared/errors.ts'
import { UPLOAD_PURPOSES, type FileRecord } from './file-record.ts'
import type { FileDescription, IncomingFile } from './file-store.ts'
import { invalid, missing, OpenAiFault } from './openai-fault.ts'

/** OpenAI's limits: files of other purposes, and inputs of batches. */
export const MAX_FILE_BYTES = 512 * 1024 * 1024
export const MAX_BATCH_FILE_BYTES = 200 * 1024 * 1024
const MIB = 1024 * 1024

/** Boundaries and headers of a form. */
const FORM_BYTES = 64 * 1024

/** Counted in addition to the bytes: each part costs memory. */
const FORM_LIMITS = {
  fieldNameSize: 100,
  fieldSize: 1024,
  fields: 16,
  files: 1,
  parts: 17,
  headerPairs: 16,
  headerSize: 8 * 1024,
  fileSize: MAX_FILE_BYTES,
}

const MIN_EXPIRY_S = 3_600
const MAX_EXPIRY_S = 2_592_000

/** A request body. */
export interface UploadBody {
  /** `null` if the client did not announce it. */
  readonly lengthBytes: number | null
  /** The next piece is received once the previous one was written. */
  stream(): AsyncIterable<Uint8Array>
}

/**
 * Receives the form of `POST /v1/files` and stores its file. The parts may come in any order: OpenAI's JavaScript
 * package sends the file first, the Python one last.
 * @param keepS lifetime in seconds if the client does not choose one
 * @throws OpenAiFault, AppError MEDIA_NOT_SUPPORTED, or the error of the body
 */
export async function receiveUpload(
  contentType: string | undefined,
  body: UploadBody,
  incoming: IncomingFile,
  keepS: number | null,
): Promise<FileRecord> {
  try {
    if ((body.lengthBytes ?? 0) > MAX_FILE_BYTES + FORM_BYTES) throw tooLarge(MAX_FILE_BYTES, 'any purpose')
    const { fields, filename } = await readForm(contentType, body.stream(), incoming)
    return await incoming.keep(factsIn(fields, filename, incoming.bytes, keepS))
  } catch (cause) {
    await incoming.drop()
    throw cause
  }
}

interface Form {
  readonly fields: ReadonlyMap<string, string>
  /** `undefined` without a file. */
  readonly filename: string | undefined
}

interface StoredPart {
  readonly file: BusboyFileStream
  readonly filename: string
  readonly written: Promise<void>
}

async function readForm(
  contentType: string | undefined,
  body: AsyncIterable<Uint8Array>,
  incoming: IncomingFile,
): Promise<Form> {
  const parser = parserFor(contentType)
  const fields = new Map<string, string>()
  const failed = Promise.withResolvers<never>()
  let stored: StoredPart | undefined
  parser.on('field', (name, value) => void fields.set(name, value))
  parser.on('file', (name, file, filename) => {
    if (name !== 'file') return void file.resume()
    stored = { file, filename: filename || 'upload', written: writeFile(file, incoming) }
    stored.written.catch(failed.reject)
  })
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
    parser.on(limit, () => failed.reject(new OpenAiFault(400, 'The form has too many parts.')))
  parser.on('error', (cause) => failed.reject(cause instanceof AppError ? cause : unreadable(cause)))
  const finished = new Promise<void>((resolve) => void parser.on('finish', resolve))
  try {
    await Promise.race([failed.promise, Promise.all([pipeline(body, parser), finished])])
    await stored?.written
  } catch (cause) {
    parser.destroy()
    stored?.file.destroy()
    await stored?.written.catch(() => {})
    throw cause
  }
  return { fields, filename: stored?.filename }
}

function parserFor(contentType = ''): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: FORM_LIMITS,
      isPartAFile: (name, _type, filename) => name === 'file' || filename !== undefined,
    })
  } catch (cause) {
    throw unreadable(cause)
  }
}

async function writeFile(file: BusboyFileStream, incoming: IncomingFile): Promise<void> {
  await incoming.fill(file)
  if (file.truncated) throw tooLarge(MAX_FILE_BYTES, 'any purpose')
}

function factsIn(
  fields: ReadonlyMap<string, string>,
  filename: string | undefined,
  bytes: number,
  keepS: number | null,
): FileDescription {
  const sent = fields.get('purpose')
  if (sent === undefined) throw missing('purpose')
  const purpose = UPLOAD_PURPOSES.find((each) => each === sent)
  if (purpose === undefined) throw invalid('purpose', `one of ${UPLOAD_PURPOSES.join(', ')}`)
  if (filename === undefined) throw missing('file')
  if (bytes === 0) throw new OpenAiFault(400, 'The file is empty.', { param: 'file' })
  if (purpose === 'batch' && bytes > MAX_BATCH_FILE_BYTES)
    throw tooLarge(MAX_BATCH_FILE_BYTES, 'the purpose batch')
  return { filename, purpose, expiresAfterS: expiryIn(fields) ?? keepS }
}

/** OpenAI's clients write `expires_after` as two fields of a form. */
function expiryIn(fields: ReadonlyMap<string, string>): number | undefined {
  const anchor = fields.get('expires_after[anchor]')
  const seconds = fields.get('expires_after[seconds]')
  if (anchor === undefined && seconds === undefined) return undefined
  return expirySeconds({ anchor, seconds: Number(seconds) }, 'expires_after')
}

/**
 * Checks a lifetime that a client chose.
 * @returns the lifetime in seconds
 * @throws OpenAiFault
 */
export function expirySeconds(
  { anchor, seconds }: { readonly anchor?: unknown; readonly seconds?: unknown },
  param: string,
): number {
  if (anchor !== 'created_at') throw invalid(`${param}.anchor`, 'created_at')
  if (
    typeof seconds !== 'number' ||
    !Number.isInteger(seconds) ||
    seconds < MIN_EXPIRY_S ||
    seconds > MAX_EXPIRY_S
  )
    throw invalid(`${param}.seconds`, `a number from ${MIN_EXPIRY_S} to ${MAX_EXPIRY_S}`)
  return seconds
}

function tooLarge(maxBytes: number, purpose: string): OpenAiFault {
  return new OpenAiFault(413, `The file is larger than ${maxBytes / MIB} MB, the limit for ${purpose}.`, {
    code: 'file_too_large',
    param: 'file',
  })
}

function unreadable(cause: unknown): AppError {
  return new AppError('MEDIA_NOT_SUPPORTED', 'The body is not a multipart form that can be read.', { cause })
}
