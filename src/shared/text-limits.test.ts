import { describe, expect, it } from 'vitest'
import type { KeyDigest } from './brands.ts'
import { canonicalModelName, isCloudModel } from './model-name.ts'
import { modelOn } from './device-name.ts'
import { expectLinear } from './linear.test-support.ts'
import { encodeMessage, parseRequestHead, parseResponseMessage, type RequestHead } from './proxy-head.ts'
import {
  isWithinLimit,
  checkHeaders,
  checkLength,
  MAX_HEADER_FIELDS,
  TEXT_LIMITS,
  type LimitedText,
} from './text-limits.ts'

const KINDS = Object.keys(TEXT_LIMITS) as LimitedText[]
const head: RequestHead = {
  method: 'POST',
  target: '/api/chat',
  headers: ['a', 'b'],
  principal: { kind: 'key', digest: 'd' as KeyDigest },
  requestId: 'r',
  hasBody: true,
}
const parsed = (parts: object) => () => parseRequestHead(encodeMessage({ ...head, ...parts }))

describe.each(KINDS)('the limit of %s', (kind) => {
  const { maxBytes, code, label } = TEXT_LIMITS[kind]

  it('counts bytes, not characters', () => {
    expect(isWithinLimit(kind, 'a'.repeat(maxBytes))).toBe(true)
    expect(isWithinLimit(kind, 'a'.repeat(maxBytes + 1))).toBe(false)
    expect(isWithinLimit(kind, 'é'.repeat(Math.floor(maxBytes / 2)))).toBe(true)
    expect(isWithinLimit(kind, 'é'.repeat(Math.floor(maxBytes / 2) + 1))).toBe(false)
    expect(isWithinLimit(kind, '漢'.repeat(Math.floor(maxBytes / 3) + 1))).toBe(false)
  })

  it('is named in the error when exceeded', () => {
    expect(() => checkLength(kind, 'a'.repeat(10 * maxBytes))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(label) }),
    )
    expect(() => checkLength(kind, 'a'.repeat(10 * maxBytes))).toThrow(String(maxBytes))
  })
})

describe('header fields', () => {
  it.each([
    ['too many', Array.from({ length: 2 * MAX_HEADER_FIELDS + 2 }, () => 'x')],
    ['a long name', ['n'.repeat(257), '']],
    ['a long value', ['n', 'v'.repeat(24 * 1024 + 1)]],
  ])('are refused: %s', (_what, headers) => {
    expect(() => checkHeaders(headers)).toThrow(expect.objectContaining({ code: 'HEADERS_TOO_LARGE' }))
    const answer = encodeMessage({ type: 'head', status: 200, headers })
    expect(() => parseResponseMessage(answer)).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }))
  })
})

describe('a request head from a relay that does not validate', () => {
  it.each([
    ['method', { method: 'P'.repeat(33) }],
    ['request id', { requestId: 'r'.repeat(129) }],
    ['key digest', { principal: { kind: 'key', digest: 'd'.repeat(129) } }],
    ['owner', { principal: { kind: 'owner', subject: 's'.repeat(1025) } }],
    ['device id', { device: { id: 'i'.repeat(257), name: 'n' } }],
    ['device name', { device: { id: 'i', name: 'n'.repeat(257) } }],
  ])('is refused for its %s', (_what, parts) => {
    expect(parsed({})).not.toThrow()
    expect(parsed(parts)).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }))
  })

  it('is refused for its header fields', () => {
    expect(parsed({ headers: ['n'.repeat(257), ''] })).toThrow(
      expect.objectContaining({ code: 'HEADERS_TOO_LARGE' }),
    )
  })
})

describe('a long text takes linear time, with and without a limit', () => {
  it.each<[string, (size: number) => unknown]>([
    ['a cloud model, tags', (size) => isCloudModel(':a'.repeat(size))],
    ['a cloud model, hyphens', (size) => isCloudModel(`:${'-clou'.repeat(size)}`)],
    ['a cloud model, spaces', (size) => isCloudModel(' '.repeat(2 * size))],
    ['a canonical name, slashes', (size) => canonicalModelName('/a'.repeat(size))],
    ['a canonical name, colons', (size) => canonicalModelName(':a'.repeat(size))],
    ['a canonical name, capitals', (size) => canonicalModelName('Aa'.repeat(size))],
    ['a name on a device', (size) => modelOn({ id: 'x', name: 'y' }, '@a'.repeat(size))],
  ])('%s', (_what, run) => expectLinear(run, 50_000))
})
