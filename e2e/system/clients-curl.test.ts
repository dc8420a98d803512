import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Script } from '../support/fake-answers.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { Lines } from '../support/lines.ts'
import { startStack, type Stack } from '../support/stack.ts'

const MIB = 1024 * 1024
const BLOB_BYTES = 200 * MIB

let fake: FakeUpstream
let stack: Stack
let dir: string
let blob: { readonly path: string; readonly digest: string }
beforeAll(async () => {
  await once(startCurl(['--version']), 'close').catch((cause: unknown) => {
    throw new Error('These tests are about curl, which cannot be run here: install curl.', { cause })
  })
  fake = await FakeUpstream.start()
  stack = await startStack(fake.origin)
  dir = await mkdtemp(join(tmpdir(), 'ctl-curl-'))
  blob = await writeBlob(join(dir, 'model.gguf'))
})
afterAll(async () => {
  await stack.close()
  await fake.close()
  await rm(dir, { recursive: true })
})
beforeEach(() => {
  fake.seen.length = 0
  fake.blobs.clear()
})

describe('curl uploading a model', () => {
  const framings: readonly (readonly [string, readonly string[]])[] = [
    ['with its length', []],
    ['in chunks', ['-H', 'Transfer-Encoding: chunked']],
    ['in HTTP/1.0', ['--http1.0']],
    ['without waiting for 100 Continue', ['-H', 'Expect:']],
  ]
  it.each(framings)('%s brings every byte to the upstream', async (_how, extra) => {
    const { status } = await upload(`/api/blobs/sha256:${blob.digest}`, blob.path, extra)
    expect(status).toBe(201)
    const body = await fake.fromClients[0]!.body()
    expect(body).toMatchObject({ bytes: BLOB_BYTES, sha256: blob.digest, complete: true })
  })

  it.each([
    ['with its length', []],
    ['in chunks', ['-H', 'Transfer-Encoding: chunked']],
  ])('%s is told at once that it may go on', async (_how, extra) => {
    const patience = ['-H', 'Expect: 100-continue', '--expect100-timeout', '60']
    const small = join(dir, 'small')
    await writeFile(small, 'small')
    const digest = createHash('sha256').update('small').digest('hex')
    const startedAt = performance.now()
    const { status } = await upload(`/api/blobs/sha256:${digest}`, small, [...patience, ...extra])
    expect(status).toBe(201)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })

  it('hears what the upstream has against it', async () => {
    const { status, body } = await upload(`/api/blobs/sha256:${'0'.repeat(64)}`, blob.path)
    expect([status, body]).toEqual([400, '{"error":"digest mismatch"}'])
  })

  const readerKey = async (): Promise<string> =>
    (await stack.desk.createKey({ name: 'reader', scopes: ['inference', 'read'] })).key
  it.each([
    ['401 without a key', 401, () => '', []],
    ['401 with an unknown key', 401, () => 'nonsense', []],
    ['403 with a key that may not manage', 403, readerKey, []],
    ['403 in chunks', 403, readerKey, ['-H', 'Transfer-Encoding: chunked']],
  ])('is refused with %s before it has sent a byte', async (_what, refusal, keyFor, extra) => {
    const key = await keyFor()
    const { status, uploaded, body } = await upload(
      `/api/blobs/sha256:${blob.digest}`,
      blob.path,
      ['--expect100-timeout', '60', ...extra],
      key,
    )
    expect(status).toBe(refusal)
    expect(uploaded).toBe(0)
    expect(JSON.parse(body)).toMatchObject({ error: expect.any(String) })
    expect(fake.fromClients).toHaveLength(0)
  })

  it.each([
    ['more than the bridge judges', 200 * MIB],
    ['more than the relay takes', 600 * MIB],
  ])('of a request with %s is refused with 413 before it has sent a byte', async (_what, bytes) => {
    const path = join(dir, 'sparse')
    await writeFile(path, '')
    await truncate(path, bytes)
    for (const [target, error] of [
      ['/api/chat', expect.any(String)],
      ['/v1/chat/completions', expect.objectContaining({ code: 'BODY_TOO_LARGE' })],
    ] as const) {
      const { status, uploaded, body } = await upload(target, path, ['--expect100-timeout', '60'])
      expect([status, uploaded]).toEqual([413, 0])
      expect(JSON.parse(body)).toEqual({ error })
    }
    expect(fake.fromClients).toHaveLength(0)
  })

  it('is refused with 413 on the way when it comes in chunks', async () => {
    const limited = await startStack(fake.origin, { maxBodyBytes: MIB })
    const { status, uploaded } = await upload(
      '/api/chat',
      blob.path,
      ['-H', 'Transfer-Encoding: chunked', '-H', 'Expect:'],
      limited.desk.key,
      limited.desk.relayUrl,
    )
    expect(status).toBe(413)
    expect(uploaded).toBeLessThan(BLOB_BYTES / 2)
    await limited.close()
  })
})

describe('curl asking', () => {
  const ask = (options: Partial<Script>, extra: readonly string[] = [], path = '/api/generate') =>
    startCurl([
      ...extra,
      '-sS',
      `${stack.desk.keyUrl}${path}`,
      '-d',
      JSON.stringify({ model: 'fake', stream: true, options }),
    ])

  it.each([
    ['/api/generate', /"response":"token-/],
    ['/v1/completions', /"text":"token-/],
    ['/v1/messages', /"text":"token-/],
  ])('%s with -N sees each token while the next is still to come', async (path, token) => {
    const curl = ask({ stall: 3 }, ['-N'], path)
    const lines = new Lines(curl.stdout)
    for (const index of [0, 1, 2])
      expect(await lines.next((line) => token.test(line))).toContain(`token-${index} `)
    expect(curl.exitCode).toBeNull()
    const left = once(curl, 'close')
    curl.kill()
    await left
    await fake.fromClients[0]!.socketClosedAt
  })

  it('fails when an answer of known length breaks off', async () => {
    fake.on('GET', '/api/status', (_request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('only this', () => response.destroy())
    })
    const curl = startCurl(['-sS', `${stack.desk.keyUrl}/api/status`])
    const [code] = await once(curl, 'close')
    // 18: the transfer was partial; 56: the connection was reset.
    expect([18, 56]).toContain(code)
  })

  it('in HTTP/1.0 gets a body that ends with the connection, without chunks', async () => {
    const curl = ask({}, ['--http1.0', '-i'])
    const text = Buffer.concat(await curl.stdout.toArray()).toString()
    const [head = '', body = ''] = text.split('\r\n\r\n')
    expect(head).toMatch(/ 200 /)
    expect(head).not.toMatch(/transfer-encoding/i)
    expect(
      body
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).done),
    ).toEqual([...Array.from({ length: 5 }, () => false), true])
  })

  it('-I gets the head alone', async () => {
    const curl = startCurl(['-sS', '-I', `${stack.desk.keyUrl}/api/tags`])
    const text = Buffer.concat(await curl.stdout.toArray()).toString()
    expect(text).toMatch(/^HTTP\/1\.1 200 /)
    expect(text).toMatch(/\r\n\r\n$/)
  })

  it('over one connection gets several answers', async () => {
    const url = `${stack.desk.keyUrl}/api/tags`
    const curl = startCurl(['-sS', '-w', ' %{num_connects} ', url, url, url])
    const text = Buffer.concat(await curl.stdout.toArray()).toString()
    expect(text.match(/ [01] /g)).toEqual([' 1 ', ' 0 ', ' 0 '])
  })
})

interface Upload {
  readonly status: number
  /** What curl has sent of the body, framing of chunks included. */
  readonly uploaded: number
  readonly body: string
}

async function upload(
  target: string,
  path: string,
  extra: readonly string[] = [],
  key = stack.desk.key,
  origin = stack.desk.relayUrl,
): Promise<Upload> {
  const credential = key === '' ? [] : ['-H', `Authorization: Bearer ${key}`]
  const report = '\n%{http_code} %{size_upload}'
  const curl = startCurl([
    '-s',
    '-X',
    'POST',
    '-T',
    path,
    '-w',
    report,
    ...credential,
    ...extra,
    origin + target,
  ])
  const text = Buffer.concat(await curl.stdout.toArray()).toString()
  const at = text.lastIndexOf('\n')
  const [status, uploaded] = text.slice(at).trim().split(' ').map(Number)
  return { status: status ?? 0, uploaded: uploaded ?? 0, body: text.slice(0, at) }
}

function startCurl(args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn('curl', ['--noproxy', '*', ...args])
}

/** A file of which no two blocks are the same. */
async function writeBlob(path: string): Promise<{ path: string; digest: string }> {
  const file = await open(path, 'w')
  const hash = createHash('sha256')
  const block = randomBytes(MIB)
  for (let index = 0; index < BLOB_BYTES / MIB; index++) {
    block.writeUInt32BE(index)
    hash.update(block)
    await file.write(block)
  }
  await file.close()
  return { path, digest: hash.digest('hex') }
}
