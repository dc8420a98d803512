import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { startStack, type Stack } from '../support/stack.ts'

describe('a request through the whole path', () => {
  let fake: FakeUpstream
  let stack: Stack
  beforeAll(async () => {
    fake = await FakeUpstream.start()
    stack = await startStack(fake.origin)
  })
  afterAll(async () => {
    await stack.close()
    await fake.close()
  })

  it('brings the upstream’s answer', async () => {
    const response = await fetch(`${stack.desk.keyUrl}/api/tags`)
    expect(response.status).toBe(200)
    expect(await response.json()).toHaveProperty('models')
  })

  it('streams a chat as it is made', async () => {
    const response = await fetch(`${stack.desk.relayUrl}/api/chat`, {
      method: 'POST',
      headers: stack.desk.authorization,
      body: JSON.stringify({
        model: fake.models[0],
        messages: [{ role: 'user', content: 'hi' }],
        options: { tokens: 5, intervalMs: 20 },
      }),
    })
    const text = await response.text()
    expect(response.headers.get('content-type')).toContain('ndjson')
    expect(text.trim().split('\n').length).toBeGreaterThanOrEqual(5)
  })
})
