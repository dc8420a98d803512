import { describe, expect } from 'vitest'
import { shared as it } from '../support/fixtures.ts'

describe('a request through the whole path', () => {
  it('returns the upstream’s answer', async ({ desk }) => {
    const response = await fetch(`${desk.keyUrl}/api/tags`)
    expect(response.status).toBe(200)
    expect(await response.json()).toHaveProperty('models')
  })

  it('streams a chat as it is generated', async ({ desk, upstream }) => {
    const response = await fetch(`${desk.relayUrl}/api/chat`, {
      method: 'POST',
      headers: desk.authorization,
      body: JSON.stringify({
        model: upstream.models[0],
        messages: [{ role: 'user', content: 'hi' }],
        options: { tokens: 5, intervalMs: 20 },
      }),
    })
    const text = await response.text()
    expect(response.headers.get('content-type')).toContain('ndjson')
    expect(text.trim().split('\n').length).toBeGreaterThanOrEqual(5)
  })
})
