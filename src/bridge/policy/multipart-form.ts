import { AppError } from '../../shared/errors.ts'

/** One part of a form that all parsers split at the same positions. */
export interface FormPart {
  /** The part's name; `undefined` if parsers might read different names. */
  readonly name: string | undefined
  readonly content: Buffer
}

const MAX_PARTS = 100
const MAX_PART_HEADER_BYTES = 4096
const MAX_TYPE_CHARS = 1024

const TYPE = /^multipart\/form-data *(;.*)$/i
const PARAMETER = / *; *([\w*-]+)=(?:"([\w'()+,./:=? -]*)"|([\w'()+,./:=?-]+)) */y
const BOUNDARY = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/
/** Charsets that encode an ASCII name as the same bytes. */
const CHARSET = /^(?:utf-?8|us-ascii|iso-8859-1|windows-1252)$/i
const PLAIN_DISPOSITION = /^form-data *; *name="([^"\\%]*)"(?: *; *filename="[^"\\]*")? *;?$/i
const PLAIN_ENCODING = /^(?:binary|7bit|8bit)$/i

/**
 * Splits a form into parts in linear time. The boundary must not occur inside a part.
 * @throws AppError MEDIA_NOT_SUPPORTED if parsers might split the form differently
 */
export function formParts(contentType: string | undefined, bytes: Uint8Array): readonly FormPart[] {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const delimiter = Buffer.from(`--${boundaryOf(contentType ?? '')}`)
  if (!body.subarray(0, delimiter.length).equals(delimiter)) throw unreadable()
  const parts: FormPart[] = []
  let from = delimiter.length
  while (lineEndsAt(body, from)) {
    const next = body.indexOf(delimiter, from)
    if (next < 0 || !lineEndsAt(body, next - 2) || parts.length === MAX_PARTS) throw unreadable()
    parts.push(toPart(body.subarray(from + 2, Math.max(from + 2, next - 2))))
    from = next + delimiter.length
  }
  if (!/^--(?:\r\n)?$/.test(body.toString('latin1', from, from + 5))) throw unreadable()
  return parts
}

function boundaryOf(contentType: string): string {
  const listed = contentType.length > MAX_TYPE_CHARS ? '' : (TYPE.exec(contentType)?.[1] ?? '')
  const parameters = new Map<string, string>()
  let at = 0
  for (const match of listed.matchAll(new RegExp(PARAMETER, 'gy'))) {
    const [whole, name = '', quoted, plain] = match
    at += whole.length
    if (parameters.has(name.toLowerCase())) throw unreadable()
    parameters.set(name.toLowerCase(), quoted ?? plain ?? '')
  }
  const { boundary = '', charset = 'utf-8', ...others } = Object.fromEntries(parameters)
  const isPlain = /^ *;?$/.test(listed.slice(at)) && Object.keys(others).length === 0
  if (!isPlain || !BOUNDARY.test(boundary) || !CHARSET.test(charset)) throw unreadable()
  return boundary
}

function toPart(part: Buffer): FormPart {
  const headerEnd = part.indexOf('\r\n\r\n')
  if (headerEnd < 0 || headerEnd > MAX_PART_HEADER_BYTES) throw unreadable()
  const dispositions: string[] = []
  for (const line of part.toString('utf8', 0, headerEnd).split('\r\n')) {
    const [, name = '', value = ''] = /^([\w-]+):[ \t]*(.*)$/.exec(line) ?? []
    if (name === '' || /[\r\n]/.test(line)) throw unreadable()
    if (name.toLowerCase() === 'content-disposition') dispositions.push(value.trim())
    // Go decodes quoted-printable, so the model server would see other bytes than those checked here.
    if (name.toLowerCase() === 'content-transfer-encoding' && !PLAIN_ENCODING.test(value.trim()))
      throw unreadable()
  }
  const [disposition = '', ...others] = dispositions
  const name = others.length === 0 ? PLAIN_DISPOSITION.exec(disposition)?.[1] : undefined
  return { name, content: part.subarray(headerEnd + 4) }
}

function lineEndsAt(body: Buffer, at: number): boolean {
  return body[at] === 0x0d && body[at + 1] === 0x0a
}

function unreadable(): AppError {
  return new AppError('MEDIA_NOT_SUPPORTED', 'The multipart form is malformed or ambiguous.')
}
