import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { askHttp } from './http-request.ts'

/** Its deadline ends only what hangs. */
const LIMITS = { timeoutMs: 60_000, maxBytes: 1_000 }

async function serve(listener: RequestListener): Promise<{ readonly url: URL; readonly server: Server }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), server }
}

test('sends the request and reads the whole response, redirects included', async () => {
  const { url } = await serve((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => {
      response.writeHead(302, { location: '/elsewhere' }).end(`${request.method} ${text}`)
    })
  })
  const answer = await askHttp(url, { ...LIMITS, method: 'POST', body: 'hello' })
  expect(answer).toMatchObject({ status: 302, headers: { location: '/elsewhere' } })
  expect(answer.body.toString()).toBe('POST hello')
})

test('a server that keeps sending is disconnected at the deadline', async () => {
  let timer: NodeJS.Timeout | undefined
  const { url } = await serve((_, response) => {
    timer = setInterval(() => response.write('.'), 5)
    response.on('close', () => clearInterval(timer))
  })
  await expect(askHttp(url, { ...LIMITS, maxBytes: 1e6, timeoutMs: 100 })).rejects.toMatchObject({
    code: 'ETIMEDOUT',
  })
})

test('a silent server is disconnected at the deadline', async () => {
  const { url } = await serve(() => {})
  await expect(askHttp(url, { ...LIMITS, timeoutMs: 50 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
})

test('a body over the limit fails, or is truncated if that suffices', async () => {
  const { url } = await serve((_, response) => response.end('x'.repeat(2_000)))
  await expect(askHttp(url, LIMITS)).rejects.toThrow('too long')
  const { status, body } = await askHttp(url, { ...LIMITS, cutsBody: true })
  expect([status, body.length <= 1_000]).toEqual([200, true])
})

test('an unrequested protocol switch is an error', async () => {
  const { url, server } = await serve(() => {})
  server.removeAllListeners('request').on('request', (request) => {
    request.socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')
  })
  await expect(askHttp(url, LIMITS)).rejects.toThrow()
})

test('a truncated response is an error', async () => {
  const { url } = await serve((request, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('abc')
    setImmediate(() => request.socket.destroy())
  })
  await expect(askHttp(url, LIMITS)).rejects.toThrow()
})
