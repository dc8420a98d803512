import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { InternalRequests } from './internal-requests.ts'
import type { ClientOrigin } from './request-context.ts'

const ORIGIN = { clientAddress: '192.0.2.1', countedAs: '192.0.2.1' } as ClientOrigin

type Handle = (request: IncomingMessage, response: ServerResponse, origin: ClientOrigin) => void

function get(handle: Handle, signal = new AbortController().signal): Promise<IncomingMessage> {
  const headers = { authorization: 'Bearer key' }
  return new InternalRequests(handle).get({ path: '/api/jobs', headers, origin: ORIGIN, signal })
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

describe('a request in this process', () => {
  it('arrives like one from a socket, for the client that it is made for', async () => {
    const answer = await get(({ method, url, headers }, response, origin) => {
      response.writeHead(201, { 'x-a': 'b' })
      response.end(JSON.stringify([method, url, headers.authorization, origin]))
    })
    expect([answer.statusCode, answer.headers['x-a']]).toEqual([201, 'b'])
    expect(JSON.parse(await textOf(answer))).toEqual(['GET', '/api/jobs', 'Bearer key', ORIGIN])
  })

  it('waits for a slow reader', async () => {
    const chunk = Buffer.alloc(64 * 1024)
    let written = 0
    const answer = await get((_request, response) => {
      while (written < 1_000 && response.write(chunk)) written += 1
    })
    await setImmediate()
    expect(written).toBeLessThan(10)
    answer.destroy()
  })

  it('tells the handler that the client has left', async () => {
    const abort = new AbortController()
    const left = Promise.withResolvers<void>()
    const answer = await get((_request, response) => {
      response.on('close', left.resolve)
      response.write('x')
    }, abort.signal)
    const reading = textOf(answer)
    abort.abort()
    await left.promise
    await expect(reading).rejects.toThrow()
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['before its head', (response) => response.destroy()],
    [
      'in its body',
      (response) => {
        response.write('x')
        response.flushHeaders()
        setTimeout(() => response.destroy())
      },
    ],
  ])('never looks complete if the response breaks off %s', async (_when, breakOff) => {
    const text = get((_request, response) => breakOff(response)).then(textOf)
    await expect(text).rejects.toThrow()
  })

  it('is not made if the client has left before', async () => {
    await expect(get(() => {}, AbortSignal.abort())).rejects.toThrow()
  })
})
