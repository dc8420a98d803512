import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../tunnel/system-clock.ts'
import { errorWords } from '../../shared/errors.ts'
import { wordsFor } from '../../shared/words.ts'
import { askRelay, errorInAnswer } from './relay-request.ts'
import { dialRelay } from './relay-dialer.ts'

/** A proxy that redirects to https, where the relay is. */
async function redirecting(status: number, to: (url: string) => string): Promise<URL> {
  const server = createServer((request, response) => {
    response.writeHead(status, { location: to(request.url ?? '') }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/llm/`)
}

test.each([301, 302, 307, 308])('a redirect (%i) is named and not followed', async (status) => {
  const relay = await redirecting(status, (url) => `https://relay.example${url}`)
  await expect(askRelay(relay, 'api/pair', systemClock, { json: { code: 'x' } })).rejects.toMatchObject({
    code: 'RELAY_REFUSED',
    message: expect.stringMatching(/redirects.*Use --relay https:\/\/relay\.example\/llm\/$/),
  })
})

test('a tunnel gets the same message about a redirect', async () => {
  const relay = await redirecting(308, (url) => `https://relay.example:8443${url}`)
  const dialled = dialRelay({
    url: new URL('ws/tunnel', relay).href.replace('http', 'ws'),
    credential: 'x',
    agent: undefined,
    maxMessageBytes: 1_024,
    signal: new AbortController().signal,
  })
  await expect(dialled).rejects.toThrow('Use --relay https://relay.example:8443/llm/')
})

test('a redirect to a non-relay is left to the caller', async () => {
  const relay = await redirecting(302, () => 'mailto:me@example.com')
  expect((await askRelay(relay, 'api/pair', systemClock)).status).toBe(302)
})

test('the relay’s general sentence is the error’s own; any other is for the terminal', () => {
  const general = errorWords('PAIRING_CODE_INVALID')
  const wordsIn = (error: string) =>
    errorInAnswer({ status: 403, body: JSON.stringify({ error }) }, { 403: 'PAIRING_CODE_INVALID' }).words
  expect(wordsIn(wordsFor(general, 'cli'))).toEqual(general)
  const closed = wordsIn('This relay is closed.')
  expect([wordsFor(closed, 'cli'), wordsFor(closed, 'app')]).toEqual([
    'This relay is closed.',
    wordsFor(general, 'app'),
  ])
})
