import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect } from 'vitest'
import type { Relay } from '../../src/relay/relay.ts'
import type { ErrorCode } from '../../src/shared/errors.ts'
import type { Logger } from '../../src/shared/logger.ts'
import { closing, FILE, shared } from '../support/fixtures.ts'
import { ownerToken, startPlainRelay } from '../support/stack.ts'

type Line = Readonly<Record<string, unknown>>

const logged: Line[] = []
const audited: Line[] = []
const it = shared.extend('relay', FILE, async ({ relayFlags }, { onCleanup }) => {
  const options = { logger: loggerInto(logged), auditLogger: loggerInto(audited) }
  return closing(await startPlainRelay(relayFlags, options), onCleanup)
})

function loggerInto(lines: Line[]): Logger {
  const note = (fields: object, msg: string) => void lines.push({ ...fields, msg })
  return { debug: note, info: note, warn: note, error: note, child: () => loggerInto(lines) }
}

/** The head of the first answer to these bytes. */
async function headOf({ port }: Relay, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(bytes)
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  await once(socket, 'close')
  return text.split('\r\n\r\n', 1)[0]!
}

function request(line: string, ...fields: readonly string[]): string {
  return [`${line} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...fields, '', ''].join('\r\n')
}

async function countOf({ metrics }: Relay, name: string): Promise<number> {
  const { body } = await metrics.exposition()
  const line = body.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(line?.slice(name.length) ?? 0)
}

const UPGRADE = ['Connection: upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
const HANDSHAKE = [...UPGRADE, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']
const TUNNEL = [...HANDSHAKE, 'Sec-WebSocket-Protocol: ctl.tunnel.v1']
const JSON_BODY = ['Content-Type: application/json', 'Content-Length: 20']
const CODE = '{"code":"AAAA-AAAA"}'

interface Case {
  readonly about: string
  readonly bytes: string
  readonly status: number
  readonly code: ErrorCode
  /** The audit's event, if the refusal is about access. */
  readonly event?: string
}

const CASES: readonly Case[] = [
  { about: 'a path that does not exist', bytes: request('GET /nope'), status: 404, code: 'NOT_FOUND' },
  { about: 'a wrong method', bytes: request('POST /health'), status: 405, code: 'METHOD_NOT_ALLOWED' },
  {
    about: 'an ambiguous path',
    bytes: request('GET /v1/../x'),
    status: 400,
    code: 'BAD_PATH',
  },
  {
    about: 'an unknown expectation',
    bytes: request('GET /', 'Expect: a miracle'),
    status: 417,
    code: 'EXPECTATION_FAILED',
  },
  {
    about: 'a tunnel without an upgrade',
    bytes: request('GET /ws/tunnel'),
    status: 426,
    code: 'UPGRADE_REQUIRED',
  },
  {
    about: 'a CONNECT request',
    bytes: request('CONNECT localhost:1'),
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
  },
  { about: 'bytes that are not a request', bytes: 'nonsense\r\n\r\n', status: 400, code: 'BAD_REQUEST' },
  {
    about: 'too many header fields',
    bytes: request('GET /', `X: ${'x'.repeat(40_000)}`),
    status: 431,
    code: 'HEADERS_TOO_LARGE',
  },
  {
    about: 'a pairing code in a form',
    bytes: request('POST /api/pair', 'Content-Length: 0'),
    status: 415,
    code: 'MEDIA_NOT_SUPPORTED',
  },
  {
    about: 'a wrong pairing code',
    bytes: request('POST /api/pair', ...JSON_BODY) + CODE,
    status: 403,
    code: 'PAIRING_CODE_INVALID',
    event: 'pairing-refused',
  },
  {
    about: 'pairing by a page of another origin',
    bytes: request('POST /api/pair', 'Origin: https://evil.example', ...JSON_BODY) + CODE,
    status: 403,
    code: 'ORIGIN_NOT_TRUSTED',
  },
  {
    about: 'a status without a credential',
    bytes: request('GET /api/tunnel/status'),
    status: 401,
    code: 'UNAUTHORIZED',
    event: 'auth-failure',
  },
  {
    about: 'metrics without the token',
    bytes: request('GET /metrics'),
    status: 401,
    code: 'UNAUTHORIZED',
    event: 'operator-refused',
  },
  {
    about: 'a chat without a key',
    bytes: request('POST /api/chat', 'Content-Length: 0'),
    status: 401,
    code: 'UNAUTHORIZED',
    event: 'auth-failure',
  },
  {
    about: 'a revocation without a credential',
    bytes: request('DELETE /api/tunnel/devices/one'),
    status: 401,
    code: 'UNAUTHORIZED',
    event: 'auth-failure',
  },
  {
    about: 'an upgrade of another path',
    bytes: request('GET /nope', ...HANDSHAKE),
    status: 404,
    code: 'NOT_FOUND',
  },
  {
    about: 'a tunnel of another protocol',
    bytes: request('GET /ws/tunnel', ...HANDSHAKE),
    status: 426,
    code: 'VERSION_UNSUPPORTED',
  },
  {
    about: 'a tunnel without a credential',
    bytes: request('GET /ws/tunnel', ...TUNNEL),
    status: 401,
    code: 'CREDENTIAL_INVALID',
    event: 'auth-failure',
  },
]

describe('a refusal', () => {
  it.for(CASES)('of $about has an id, one log line, one metric and its audit line', (one, { relay }) =>
    expectRefusal(relay, one),
  )

  it('of a WebSocket without its key has the same, although the library rejects it', async ({ relay }) => {
    const fields = [...UPGRADE, 'Sec-WebSocket-Protocol: ctl.tunnel.v1']
    const bytes = request(
      'GET /ws/tunnel',
      `Authorization: Bearer ${await ownerToken(relay, 'owner')}`,
      ...fields,
    )
    await expectRefusal(relay, { about: 'a WebSocket', bytes, status: 400, code: 'BAD_REQUEST' })
  })

  async function expectRefusal(relay: Relay, { bytes, status, code, event }: Case): Promise<void> {
    const figure = `ctl_refusals_total{code="${code}"}`
    const before = await countOf(relay, figure)
    const head = await headOf(relay, bytes)
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    const requestId = /^x-request-id: ([\w.-]{8,64})$/im.exec(head)?.[1]
    expect(requestId).toBeDefined()
    expect(logged.filter((line) => line['requestId'] === requestId)).toEqual([
      expect.objectContaining({ msg: 'request refused', code }),
    ])
    expect(await countOf(relay, figure)).toBe(before + 1)
    const lines = audited.filter((line) => line['requestId'] === requestId)
    expect(lines.map((line) => line['event'])).toEqual(event === undefined ? [] : [event])
  }

  it('is logged at most ten times a minute for each kind; the rest are counted', async ({ relay }) => {
    for (let i = 0; i < 20; i++) await headOf(relay, request('PATCH /health'))
    const lines = logged.filter(({ code, method }) => code === 'METHOD_NOT_ALLOWED' && method === 'PATCH')
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.length).toBeLessThanOrEqual(10)
  })
})

describe('the relay’s own response', () => {
  const preflight = ['Origin: https://chat.example', 'Access-Control-Request-Method: POST']

  it.for([
    ['a health check', request('GET /health'), 'health'],
    ['the front page', request('GET /'), 'root'],
    ['a preflight', request('OPTIONS /api/chat', ...preflight), 'preflight'],
  ] as const)('such as $0 has an id, a debug line and a metric', async ([, bytes, route], { relay }) => {
    const figure = `ctl_own_answers_total{route="${route}"}`
    const before = await countOf(relay, figure)
    const requestId = /^x-request-id: ([\w.-]{8,64})$/im.exec(await headOf(relay, bytes))?.[1]
    expect(requestId).toBeDefined()
    expect(logged.filter((line) => line['requestId'] === requestId)).toEqual([
      expect.objectContaining({ msg: 'request answered', route }),
    ])
    expect(await countOf(relay, figure)).toBe(before + 1)
  })
})
