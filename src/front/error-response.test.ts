import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AppError } from '../shared/errors.ts'
import { headerOf } from '../shared/headers.ts'
import { clientErrorFor, errorResponse, rawErrorResponse } from './error-response.ts'

const decode = (body: Uint8Array) => new TextDecoder().decode(body)

describe('errorResponse', () => {
  it('uses the caller’s dialect', () => {
    const error = new AppError('KEY_UNKNOWN')
    const bodies = (['ollama', 'openai', 'anthropic'] as const).map(
      (dialect) => JSON.parse(decode(errorResponse(dialect, error).body)) as unknown,
    )
    expect(bodies).toMatchObject([
      { error: error.message },
      { error: { message: error.message, type: 'authentication_error', code: 'KEY_UNKNOWN' } },
      { type: 'error', error: { type: 'authentication_error' } },
    ])
  })

  it('contains the time to retry', () => {
    const { status, headers } = errorResponse(
      'ollama',
      new AppError('OFFLINE', undefined, { retryAfterS: 5 }),
    )
    expect(status).toBe(503)
    expect(headerOf(headers, 'retry-after')).toBe('5')
  })

  it('counts bytes, not characters', () => {
    const { headers, body } = errorResponse('ollama', new AppError('OFFLINE', 'größer'))
    expect(headerOf(headers, 'content-length')).toBe(String(body.length))
    expect(body.length).toBe(Buffer.byteLength('{"error":"größer"}'))
  })

  it('makes an error without a status a 500, never a 200', () => {
    expect(errorResponse('ollama', new AppError('REPLACED')).status).toBe(500)
  })
})

describe('rawErrorResponse', () => {
  /** The response to raw `bytes` from a server with tight limits. */
  async function answerTo(bytes: string): Promise<string> {
    const server = createServer({ maxHeaderSize: 1024 })
    onTestFinished(() => void server.close())
    server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      socket.end(rawErrorResponse(clientErrorFor(error.code), 'some-request')),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(bytes)
    return text(socket)
  }

  it('answers requests that Node cannot parse', async () => {
    expect(await answerTo('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*"error"/s)
  })

  it('answers headers that are too large', async () => {
    const answer = await answerTo(`GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(2000)}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  })

  it('answers a client that is too slow', () => {
    const [head = '', body = ''] = rawErrorResponse(
      clientErrorFor('ERR_HTTP_REQUEST_TIMEOUT'),
      'some-request',
    ).split('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
    expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`)
    expect(head).toContain('x-request-id: some-request')
    expect(head).toContain('connection: close')
  })
})
