import { describe, expect } from 'vitest'
import { fresh as it } from '../support/fixtures.ts'
import { type Handler } from '../support/fake-upstream.ts'

const json =
  (status: number, body: unknown): Handler =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

const show = (keyUrl: string) =>
  fetch(`${keyUrl}/api/show`, { method: 'POST', body: JSON.stringify({ model: 'fake:latest' }) })

describe('a model server of a kind that is not known yet', () => {
  it('gets clients’ requests, and is identified as soon as it responds', async ({ upstream, startDesk }) => {
    upstream.on('GET', '/api/version', json(500, { error: 'not yet' }))
    upstream.on('GET', '/v1/models', json(200, { data: [{ id: 'fake:latest', owned_by: 'library' }] }))
    upstream.on('POST', '/api/show', json(200, { details: {} }))
    const desk = await startDesk()
    expect(desk.bridge.snapshot.upstream).toMatchObject({ facts: { isKindGuessed: true } })
    expect((await show(desk.keyUrl)).status).toBe(200)
    upstream.on('GET', '/api/version', json(200, { version: '0.12.3' }))
    await desk.until(({ upstream: now }) => now.kind === 'up' && now.facts.kind === 'ollama')
  })
})

describe('a model server that refuses requests', () => {
  it('passes its own error to clients, and the relay is informed', async ({ upstream, startDesk }) => {
    const loading = { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } }
    for (const path of ['/api/version', '/v1/models']) upstream.on('GET', path, json(503, loading))
    upstream.on('POST', '/v1/chat/completions', json(503, loading))
    const desk = await startDesk()
    expect(desk.bridge.snapshot.upstream).toMatchObject({ kind: 'refusing', refusal: { cause: 'loading' } })
    const status = await fetch(`${desk.relayUrl}/api/tunnel/status`, { headers: desk.authorization })
    expect(await status.json()).toMatchObject({ tunnels: [{ upstream: 'none' }] })
    const answer = await fetch(`${desk.keyUrl}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages: [] }),
    })
    expect([answer.status, await answer.json()]).toEqual([503, loading])
  })
})

describe('a model server that dies', () => {
  it('is announced as such with the first failing request', async ({ startDesk, upstream }) => {
    const desk = await startDesk()
    const { origin } = upstream
    await upstream.close()
    const answer = await show(desk.keyUrl)
    expect([answer.status, await answer.json()]).toEqual([
      502,
      {
        error: expect.stringMatching(
          /^Ollama \S+ on the desktop is not responding\. Check that it is running\.$/,
        ),
      },
    ])
    await desk.until(({ upstream: now }) => now.kind === 'down')
    expect(desk.bridge.snapshot.upstream).toMatchObject({
      baseUrl: origin,
      reason: expect.stringMatching(/^Ollama \S+ at http:\/\/127\.0\.0\.1:\d+ is not responding/),
    })
  })
})
