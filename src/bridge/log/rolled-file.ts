import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createPrivateDir } from '../data-dir/paths.ts'
import { systemErrorCode } from '../../shared/system-error.ts'

export interface RolledFileOptions {
  /** Created when first needed. */
  readonly dir: string
  /** `app` is written to `app.log` and rotated to `app.1.log` up to `app.4.log`. */
  readonly name: string
  /** Size limit per file. 1 MB by default. */
  readonly maxBytes?: number
  /** Number of files, including the current one. 5 by default. */
  readonly keep?: number
}

/** A rotated log file of bounded size, readable by this user only. */
export class RolledFile {
  readonly #options: Required<RolledFileOptions>
  #fd: number | undefined
  #sizeBytes = 0

  constructor({ maxBytes = 1_000_000, keep = 5, ...options }: RolledFileOptions) {
    this.#options = { ...options, maxBytes, keep }
  }

  /** Synchronous, so the last lines before a crash are written. A full disk loses lines and is not fatal. */
  write(text: string): void {
    try {
      const bytes = Buffer.from(text)
      let fd = this.#open()
      if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.length > this.#options.maxBytes) {
        this.#roll()
        fd = this.#open()
      }
      writeSync(fd, bytes)
      this.#sizeBytes += bytes.length
    } catch {
      this.#close()
    }
  }

  close(): void {
    this.#close()
  }

  #open(): number {
    if (this.#fd !== undefined) return this.#fd
    createPrivateDir(this.#options.dir)
    const fd = openSync(this.#path(0), 'a', 0o600)
    this.#fd = fd
    this.#sizeBytes = fstatSync(fd).size
    return fd
  }

  #roll(): void {
    this.#close()
    for (let age = this.#options.keep - 1; age > 0; age--) moveIfThere(this.#path(age - 1), this.#path(age))
  }

  #close(): void {
    const fd = this.#fd
    this.#fd = undefined
    if (fd !== undefined) closeSync(fd)
  }

  #path(age: number): string {
    const { dir, name } = this.#options
    return join(dir, age === 0 ? `${name}.log` : `${name}.${age}.log`)
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (cause) {
    if (systemErrorCode(cause) !== 'ENOENT') throw cause
  }
}
