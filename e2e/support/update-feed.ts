import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { stringify } from 'yaml'

export interface FeedRelease {
  readonly version: string
  /** The channels whose files name it. */
  readonly channels: readonly string[]
  /** Content of the AppImage: a /bin/sh script. */
  readonly script?: string
}

interface PackageEntry {
  readonly url: string
  readonly sha512: string
  readonly size: number
}

/** The size of each package: large enough to be cut in the middle. */
const PACKAGE_BYTES = 600_000

/** Releases on a server in the layout of electron-builder, with faults on demand. */
export class UpdateFeed {
  readonly dir: string
  /** Paths that were asked for, in order. */
  readonly seen: string[] = []
  /** All header fields of these requests. */
  readonly headers: IncomingHttpHeaders[] = []
  /** Answers everything. */
  status: number | undefined
  /** Cuts the connection of the next package after so many bytes. */
  cutAfterBytes: number | undefined
  readonly #server: Server

  private constructor(dir: string) {
    this.dir = dir
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  static async open(dir: string): Promise<UpdateFeed> {
    mkdirSync(dir)
    const feed = new UpdateFeed(dir)
    await once(feed.#server.listen(0, '127.0.0.1'), 'listening')
    return feed
  }

  /** Host and port. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get url(): string {
    return `http://${this.host}/`
  }

  /** Packages that were asked for. */
  get downloads(): string[] {
    return this.seen.filter((path) => !/\.(?:yml|atom)$|\/latest$/.test(path))
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** Writes the packages and the channel files of a release. */
  publish({ version, channels, script = 'exit 0' }: FeedRelease): void {
    const appImage = this.#write(`CloudToLocalLLM-${version}.AppImage`, `#!/bin/sh\n${script}\nexit 0\n`)
    const deb = this.#write(`cloudtolocalllm_${version}_amd64.deb`, `deb of ${version}\n`)
    const exe = this.#write(`CloudToLocalLLM-Setup-${version}.exe`, `exe of ${version}\n`)
    for (const channel of channels) {
      this.#writeChannel(`${channel}-linux.yml`, version, [appImage, deb])
      this.#writeChannel(`${channel}.yml`, version, [exe])
    }
  }

  read(name: string): string {
    return readFileSync(join(this.dir, name), 'utf8')
  }

  change(name: string, edit: (text: string) => string): void {
    writeFileSync(join(this.dir, name), edit(this.read(name)))
  }

  #write(name: string, head: string): PackageEntry {
    const bytes = Buffer.alloc(PACKAGE_BYTES, '\n')
    bytes.write(head)
    writeFileSync(join(this.dir, name), bytes)
    const sha512 = createHash('sha512').update(bytes).digest('base64')
    return { url: name, sha512, size: bytes.length }
  }

  #writeChannel(name: string, version: string, files: readonly PackageEntry[]): void {
    const [first] = files
    const info = { version, files, path: first!.url, sha512: first!.sha512 }
    writeFileSync(join(this.dir, name), stringify({ ...info, releaseDate: '2026-11-20T10:00:00.000Z' }))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', this.url)
    this.seen.push(pathname)
    this.headers.push(request.headers)
    const file = join(this.dir, basename(pathname))
    if (this.status !== undefined) return void response.writeHead(this.status).end()
    if (!existsSync(file)) return void response.writeHead(404).end()
    const cutAfterBytes = file.endsWith('.yml') ? undefined : this.cutAfterBytes
    if (cutAfterBytes === undefined) return void createReadStream(file).pipe(response)
    this.cutAfterBytes = undefined
    response.writeHead(200, { 'content-length': PACKAGE_BYTES })
    response.write(readFileSync(file).subarray(0, cutAfterBytes), () => response.destroy())
  }
}
