import { describe, expect } from 'vitest'
import { shared as it } from '../support/fixtures.ts'
import type { Script } from '../support/fake-answers.ts'

const BODY = { model: 'demo', max_tokens: 100, messages: [{ role: 'user', content: 'hello there' }] }

function ask(origin: string, key: string, body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(`${origin}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
}

describe('an Anthropic client with the demo model behind the tunnel', () => {
  it.for([
    ['whole', false],
    ['as events', true],
  ] as const)(
    'gets the upstream’s answer %s, byte for byte',
    async ([_how, stream], { demo, demoDesk: desk }) => {
      const body = { ...BODY, stream }
      const [tunnelled, direct] = await Promise.all([
        ask(desk.relayUrl, desk.key, body),
        ask(demo.origin, '', body),
      ])
      expect(tunnelled.status).toBe(200)
      expect(tunnelled.headers.get('content-type')).toBe(direct.headers.get('content-type'))
      const text = await tunnelled.text()
      expect(text).toBe(await direct.text())
      expect(text).toContain(stream ? 'event: message_stop' : 'demo model')
    },
  )
})

describe('an Anthropic client', () => {
  const scripted = (options: Partial<Script>) => ({ ...BODY, model: 'fake', stream: true, options })

  it('sends its version header, but not its key, to the upstream', async ({ desk, upstream }) => {
    const response = await ask(desk.relayUrl, desk.key, scripted({}))
    await response.text()
    const { headers, rawHeaders } = await upstream.request('/v1/messages')
    expect(headers['anthropic-version']).toBe('2023-06-01')
    expect(rawHeaders.join('\n')).not.toContain(desk.key)
  })

  it('gets Anthropic’s errors for a bad key, a missing scope and an unknown model', async ({ desk }) => {
    const { key } = await desk.createKey({ name: 'reader', scopes: ['read'] })
    const refusals = [
      [401, 'authentication_error', await ask(desk.relayUrl, 'nonsense', BODY)],
      [403, 'permission_error', await ask(desk.relayUrl, key, BODY)],
      [404, 'api_error', await ask(desk.keyUrl, desk.key, { ...BODY, model: 'missing' })],
    ] as const
    for (const [status, type, response] of refusals) {
      expect(response.status).toBe(status)
      expect(await response.json()).toMatchObject({ type: 'error', error: { type } })
    }
  })

  it.for(['close', 'reset'] as const)(
    'gets an error event when the answer is truncated (%s)',
    async (breakBy, { desk }) => {
      const response = await ask(desk.relayUrl, desk.key, scripted({ breakAfter: 2, breakBy }))
      let text = ''
      const reading = (async () => {
        for await (const bytes of response.body!) text += Buffer.from(bytes).toString()
      })()
      await expect(reading).rejects.toThrow('terminated')
      const events = text.trim().split('\n\n')
      expect(events.at(-1)).toMatch(/^event: error\ndata: \{"type":"error"/)
      expect(events.join()).not.toContain('message_stop')
    },
  )
})
