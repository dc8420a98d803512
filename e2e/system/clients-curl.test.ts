import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { FILE, shared } from '../support/fixtures.ts'
import type { Script } from '../support/fake-answers.ts'
import { Lines } from '../support/lines.ts'
import { startStack } from '../support/stack.ts'

const MIB = 1024 * 1024
const BLOB_BYTES = 200 * MIB

let dir: string
let blob: { readonly path: string; readonly digest: string }
const it = shared
  .extend(
    'upload',
    FILE,
    ({ desk }) =>
      async (
        target: string,
        path: string,
        extra: readonly string[] = [],
        key = desk.key,
        origin = desk.relayUrl,
      ): Promise<Upload> => {
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
      },
  )
  .extend(
    'ask',
    FILE,
    ({ desk }) =>
      (options: Partial<Script>, extra: readonly string[] = [], path = '/api/generate') =>
        startCurl([
          ...extra,
          '-sS',
          `${desk.keyUrl}${path}`,
          '-d',
          JSON.stringify({ model: 'fake', stream: true, options }),
        ]),
  )

beforeAll(async () => {
  await once(startCurl(['--version']), 'close').catch((cause: unknown) => {
    throw new Error('These tests are about curl, which cannot be run here: install curl.', { cause })
  })
  dir = await mkdtemp(join(tmpdir(), 'ctl-curl-'))
  blob = await writeBlob(join(dir, 'model.gguf'))
})
afterAll(async () => {
  await rm(dir, { recursive: true })
})
it.beforeEach(({ upstream }) => {
  upstream.seen.length = 0
  upstream.blobs.clear()
})

describe('curl uploading a model', () => {
  const framings: readonly (readonly [string, readonly string[]])[] = [
    ['with its length', []],
    ['in chunks', ['-H', 'Transfer-Encoding: chunked']],
    ['in HTTP/1.0', ['--http1.0']],
    ['without waiting for 100 Continue', ['-H', 'Expect:']],
  ]
  it.for(framings)('%s transfers every byte to the upstream', async ([_how, extra], { upload, upstream }) => {
    const { status } = await upload(`/api/blobs/sha256:${blob.digest}`, blob.path, extra)
    expect(status).toBe(201)
    const body = await upstream.fromClients[0]!.body()
    expect(body).toMatchObject({ bytes: BLOB_BYTES, sha256: blob.digest, complete: true })
  })

  it.for([
    ['with its length', []],
    ['in chunks', ['-H', 'Transfer-Encoding: chunked']],
  ] as const)('%s is told immediately to continue', async ([_how, extra], { upload }) => {
    // Otherwise it would wait for longer than a test may take.
    const patience = ['-H', 'Expect: 100-continue', '--expect100-timeout', '3600']
    const small = join(dir, 'small')
    await writeFile(small, 'small')
    const digest = createHash('sha256').update('small').digest('hex')
    const { status } = await upload(`/api/blobs/sha256:${digest}`, small, [...patience, ...extra])
    expect(status).toBe(201)
  })

  it('gets the upstream’s refusal', async ({ upload }) => {
    const { status, body } = await upload(`/api/blobs/sha256:${'0'.repeat(64)}`, blob.path)
    expect([status, body]).toEqual([400, '{"error":"digest mismatch"}'])
  })

  it.for([
    ['401 without a key', 401, '', []],
    ['401 with an unknown key', 401, 'nonsense', []],
    ['403 with a key that may not manage', 403, 'reader', []],
    ['403 in chunks', 403, 'reader', ['-H', 'Transfer-Encoding: chunked']],
  ] as const)(
    'is refused with %s before it has sent a byte',
    async ([_what, refusal, shown, extra], { upload, upstream, desk }) => {
      const reader = { name: 'reader', scopes: ['inference', 'read'] } as const
      const key = shown === 'reader' ? (await desk.createKey(reader)).key : shown
      const { status, uploaded, body } = await upload(
        `/api/blobs/sha256:${blob.digest}`,
        blob.path,
        ['--expect100-timeout', '60', ...extra],
        key,
      )
      expect(status).toBe(refusal)
      expect(uploaded).toBe(0)
      expect(JSON.parse(body)).toMatchObject({ error: expect.any(String) })
      expect(upstream.fromClients).toHaveLength(0)
    },
  )

  it.for([
    ['more than the bridge checks', 200 * MIB],
    ['more than the relay takes', 600 * MIB],
  ] as const)(
    'of a request with %s is refused with 413 before it has sent a byte',
    async ([_what, bytes], { upload, upstream }) => {
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
      expect(upstream.fromClients).toHaveLength(0)
    },
  )

  it('is refused with 413 during a chunked upload', async ({ upstream, upload }) => {
    const limited = await startStack(upstream.origin, { maxBodyBytes: MIB })
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

describe('curl', () => {
  it.for([
    ['/api/generate', /"response":"token-/],
    ['/v1/completions', /"text":"token-/],
    ['/v1/messages', /"text":"token-/],
  ] as const)(
    '%s with -N shows each token before the next one is generated',
    async ([path, token], { ask, upstream }) => {
      const curl = ask({ stall: 3 }, ['-N'], path)
      const lines = new Lines(curl.stdout)
      for (const index of [0, 1, 2])
        expect(await lines.next((line) => token.test(line))).toContain(`token-${index} `)
      expect(curl.exitCode).toBeNull()
      const left = once(curl, 'close')
      curl.kill()
      await left
      await upstream.fromClients[0]!.socketClosedAt
    },
  )

  it('fails when an answer of known length is truncated', async ({ upstream, desk }) => {
    upstream.on('GET', '/api/status', (_request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('only this', () => response.destroy())
    })
    const curl = startCurl(['-sS', `${desk.keyUrl}/api/status`])
    const [code] = await once(curl, 'close')
    // 18: the transfer was partial; 56: the connection was reset.
    expect([18, 56]).toContain(code)
  })

  it('in HTTP/1.0 gets a body that ends with the connection, without chunks', async ({ ask }) => {
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

  it('-I gets only the head', async ({ desk }) => {
    const curl = startCurl(['-sS', '-I', `${desk.keyUrl}/api/tags`])
    const text = Buffer.concat(await curl.stdout.toArray()).toString()
    expect(text).toMatch(/^HTTP\/1\.1 200 /)
    expect(text).toMatch(/\r\n\r\n$/)
  })

  it('gets several answers over one connection', async ({ desk }) => {
    const url = `${desk.keyUrl}/api/tags`
    const curl = startCurl(['-sS', '-w', ' %{num_connects} ', url, url, url])
    const text = Buffer.concat(await curl.stdout.toArray()).toString()
    expect(text.match(/ [01] /g)).toEqual([' 1 ', ' 0 ', ' 0 '])
  })
})

interface Upload {
  readonly status: number
  /** Body bytes sent by curl, including chunk framing. */
  readonly uploaded: number
  readonly body: string
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
