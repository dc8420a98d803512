import { describe, expect, it } from 'vitest'
import { AppError } from './errors.ts'
import { formatKey } from './key-format.ts'
import { expectLinear } from './linear.test-support.ts'
import { redactFields, redactText } from './redact.ts'

const SECRET = 'Zx9-_Zx9-_Zx9-_Zx9-_Zx9-_Zx9-_Zx9-_Zx9-_Zx9'
const KEY = formatKey('a'.repeat(20), SECRET)
const JWT = `eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9.${SECRET}`

describe('redactText', () => {
  it.each([
    [`GET /k/${KEY}/api/chat?x=1`, 'GET /k/[redacted]/api/chat?x=1'],
    ['/k/ctl_mistyped/v1/models', '/k/[redacted]/v1/models'],
    ['/k/whatever', '/k/[redacted]'],
    ['wss://relay.example/ws/tunnel?token=abc.def&v=1', 'wss://relay.example/ws/tunnel?token=[redacted]&v=1'],
    ['/cb?v=1&CODE=abc#x', '/cb?v=1&CODE=[redacted]#x'],
    ['https://me:p@ss@proxy.example:8080/x@y', 'https://[redacted]@proxy.example:8080/x@y'],
    ['http://token@host', 'http://[redacted]@host'],
    ['Authorization: Basic dTpw\nHost: x', 'Authorization: [redacted]\nHost: x'],
    [`{"authorization":"Bearer ${JWT}","a":1}`, '{"authorization":"[redacted]","a":1}'],
    [`{\\"x-api-key\\":\\"${SECRET}\\"}`, '{\\"x-api-key\\":\\"[redacted]\\"}'],
    ['Cookie: a=b; c=d', 'Cookie: [redacted]'],
    ['set-cookie: session=1; Path=/', 'set-cookie: [redacted]'],
    ['{"refresh_token": "abc.def-1","n":1}', '{"refresh_token": "[redacted]","n":1}'],
    [
      'grant_type=refresh_token&refresh_token=abc&x=1',
      'grant_type=refresh_token&refresh_token=[redacted]&x=1',
    ],
    ['got Bearer abc123 there', 'got Bearer [redacted] there'],
    [`token ${JWT} was refused`, 'token [redacted] was refused'],
    [`half a token ${JWT.slice(0, 18)}`, 'half a token [redacted]'],
    [`the key ${KEY}.`, 'the key ctl_[redacted].'],
    [`the key ${KEY.slice(0, 40)} was cut`, 'the key ctl_[redacted] was cut'],
  ])('turns %j into %j', (text, expected) => {
    expect(redactText(text)).toBe(expected)
  })

  it.each([
    'carrier lost',
    '/api/chat?stream=true',
    '/v1/models/hf.co%2Fa%2Fb:q4',
    'mail me@example.org about http://127.0.0.1:11434/k',
    'keyboard monkey: token bucket is empty',
    'node:internal/process/task_queues:95:5',
  ])('leaves %j unchanged', (text) => {
    expect(redactText(text)).toBe(text)
  })

  it('takes linear time for hostile text', async () => {
    const pieces = [
      'a://',
      'a.',
      'eyJ-',
      'eyJaaaaaaaaaaaa-',
      '?token',
      'cookie  ',
      'bearer ',
      'id_token ',
      '/k/',
      'ctl_',
    ]
    await expectLinear((size) => redactText(pieces.map((piece) => piece.repeat(size)).join('|')), 2_500)
  })
})

describe('redactFields', () => {
  it('redacts by name, at any depth and in any case', () => {
    expect(
      redactFields({
        headers: { Authorization: 'x', 'X-Api-Key': 'x', host: 'h' },
        auth: { token: 'x' },
        ticket: 'x',
      }),
    ).toEqual({
      headers: { Authorization: '[redacted]', 'X-Api-Key': '[redacted]', host: 'h' },
      auth: { token: '[redacted]' },
      ticket: '[redacted]',
    })
  })

  it('redacts the value after its name in a raw header list', () => {
    expect(redactFields({ raw: ['Host', 'h', 'Cookie', 'a=b', 'Accept', '*/*'] })).toEqual({
      raw: ['Host', 'h', 'Cookie', '[redacted]', 'Accept', '*/*'],
    })
  })

  it('keeps ids, codes, numbers and empty values', () => {
    const fields = {
      requestId: 'r1',
      code: 'TUNNEL_LOST',
      status: 502,
      cause: undefined,
      none: null,
      ok: true,
    }
    expect(redactFields(fields)).toEqual(fields)
  })

  it('includes errors with their causes, without quoted values', () => {
    const cause = new AppError('RELAY_UNREACHABLE', undefined, {
      cause: new Error(`connect wss://x/?token=${SECRET}`),
    })
    const redacted = redactFields({ cause })
    expect(redacted).toMatchObject({
      cause: {
        name: 'AppError',
        code: 'RELAY_UNREACHABLE',
        cause: { message: 'connect wss://x/?token=[redacted]' },
      },
    })
    expect(JSON.stringify(redacted)).not.toContain(SECRET)
  })

  it('reads URL objects', () => {
    expect(redactFields({ url: new URL(`https://relay.example/k/${KEY}/`) })).toEqual({
      url: 'https://relay.example/k/[redacted]/',
    })
  })

  it('shows the size of binary data, never its content', () => {
    expect(redactFields({ body: new TextEncoder().encode('a prompt') })).toEqual({ body: '[8 bytes]' })
  })

  it('truncates long texts, and shows their length', () => {
    const path = `/api/${'a'.repeat(30_000)}`
    const { path: cut } = redactFields({ path }) as { path: string }
    expect(cut).toBe(`${path.slice(0, 256)}… [cut from ${path.length}]`)
    expect(redactFields({ path: 'a'.repeat(256) })).toEqual({ path: 'a'.repeat(256) })
    const { stack } = redactFields({ stack: 's'.repeat(20_000) }) as { stack: string }
    expect(stack).toBe(`${'s'.repeat(8192)}… [cut from 20000]`)
    expect(redactFields({ path: 'x'.repeat(10 ** 7) })).toEqual({ path: expect.stringMatching(/^x{256}… /) })
  })

  it('redacts a secret that is split in two', () => {
    const text = JSON.stringify(
      redactFields({ url: `${'x'.repeat(240)} https://me:${'p'.repeat(300)}@host/` }),
    )
    expect(text).not.toContain('ppp')
  })

  it('keeps the first items of long lists and objects', () => {
    const many = Array.from({ length: 5000 }, (_, at) => at)
    const { list, map } = redactFields({ list: many, map: Object.fromEntries(many.entries()) }) as {
      list: unknown[]
      map: object
    }
    expect([list.length, Object.keys(map).length]).toEqual([100, 100])
  })

  it('handles circular references', () => {
    const loop: Record<string, unknown> = {}
    loop['self'] = loop
    expect(JSON.stringify(redactFields(loop))).toContain('[too deep]')
  })
})
