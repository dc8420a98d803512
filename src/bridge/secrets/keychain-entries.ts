import { digestOf } from '../../tunnel/digest.ts'

/** The part of keytar's API in use. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>
  setPassword(service: string, account: string, password: string): Promise<void>
  deletePassword(service: string, account: string): Promise<boolean>
}

/**
 * Windows refuses an entry of more than 2,560 bytes (CRED_MAX_CREDENTIAL_BLOB_SIZE); keytar stores UTF-8
 * (src/keytar_win.cc, SetPassword). Access tokens are often longer.
 */
export const MAX_ENTRY_BYTES = process.platform === 'win32' ? 2_560 : Infinity
const MAX_PARTS = 64
const SERVICE = 'CloudToLocalLLM'
/** An entry that replaces a split value: one of two sets of parts, the count, and the value's SHA-256. */
const MANIFEST = /^ctl\.parts ([ab]) (\d{1,2}) ([\w-]{43})$/

interface Manifest {
  readonly set: 'a' | 'b'
  readonly count: number
  readonly digest: string
}

/** Stores values of any length in a keychain with short entries by splitting them into parts. */
export class KeychainEntries {
  readonly #keytar: Keytar
  readonly #maxBytes: number

  constructor(keytar: Keytar, maxBytes = MAX_ENTRY_BYTES) {
    this.#keytar = keytar
    this.#maxBytes = maxBytes
  }

  /** `null` if nothing is stored, or only some of the parts. */
  async get(account: string): Promise<string | null> {
    const text = await this.#keytar.getPassword(SERVICE, account)
    const manifest = parseManifest(text)
    if (manifest === null) return text
    const parts: string[] = []
    for (const part of partsOf(account, manifest))
      parts.push((await this.#keytar.getPassword(SERVICE, part)) ?? '')
    const value = parts.join('')
    return digestOf(value) === manifest.digest ? value : null
  }

  /** The previous value stays complete until the new one is. */
  async set(account: string, value: string): Promise<void> {
    const former = parseManifest(await this.#keytar.getPassword(SERVICE, account))
    const pieces = piecesOf(value, this.#maxBytes)
    if (pieces.length > MAX_PARTS) throw new Error('the value is too large, even when split')
    if (pieces.length === 1) await this.#keytar.setPassword(SERVICE, account, value)
    else await this.#setParts(account, value, pieces, former?.set === 'a' ? 'b' : 'a')
    if (former !== null) await this.#eraseParts(account, former)
  }

  async delete(account: string): Promise<boolean> {
    const former = parseManifest(await this.#keytar.getPassword(SERVICE, account))
    const isDeleted = await this.#keytar.deletePassword(SERVICE, account)
    if (former !== null) await this.#eraseParts(account, former)
    return isDeleted
  }

  async #setParts(
    account: string,
    value: string,
    pieces: readonly string[],
    set: Manifest['set'],
  ): Promise<void> {
    const manifest = { set, count: pieces.length, digest: digestOf(value) }
    for (const [at, part] of partsOf(account, manifest).entries())
      await this.#keytar.setPassword(SERVICE, part, pieces[at] ?? '')
    await this.#keytar.setPassword(SERVICE, account, `ctl.parts ${set} ${pieces.length} ${manifest.digest}`)
  }

  async #eraseParts(account: string, manifest: Manifest): Promise<void> {
    for (const part of partsOf(account, manifest)) await this.#keytar.deletePassword(SERVICE, part)
  }
}

function partsOf(account: string, { set, count }: Manifest): string[] {
  return Array.from({ length: count }, (_, at) => `${account}#${set}${at}`)
}

function parseManifest(text: string | null): Manifest | null {
  const [, set, count, digest = ''] = MANIFEST.exec(text ?? '') ?? []
  return set === 'a' || set === 'b' ? { set, count: Number(count), digest } : null
}

/** Splits between characters, so that each piece is valid text. */
function piecesOf(value: string, maxBytes: number): string[] {
  if (Buffer.byteLength(value) <= maxBytes) return [value]
  const pieces: string[] = []
  let piece = ''
  let bytes = 0
  for (const char of value) {
    const charBytes = Buffer.byteLength(char)
    if (bytes + charBytes > maxBytes) {
      pieces.push(piece)
      piece = ''
      bytes = 0
    }
    piece += char
    bytes += charBytes
  }
  return [...pieces, piece]
}
