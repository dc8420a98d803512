import { describe, expect } from 'vitest'
import type { Script } from '../support/fake-answers.ts'
import { fresh } from '../support/fixtures.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { pair, startTestRelay } from '../support/stack.ts'

const it = fresh.extend(
  'chat',
  ({ desk }) =>
    (options: Partial<Script> = {}) =>
      fetch(`${desk.keyUrl}/api/chat`, {
        method: 'POST',
        body: JSON.stringify({ model: 'fake', messages: [{ role: 'user', content: 'hi' }], options }),
      }),
)

describe('a bridge controlled by its user', () => {
  it('is offline while paused, keeps its URL, and reconnects', async ({ desk, chat }) => {
    const { url } = desk.bridge.snapshot
    desk.bridge.pause()
    expect(desk.bridge.snapshot).toMatchObject({ tunnel: { kind: 'off' }, url })
    expect((await chat()).status).toBe(503)
    desk.bridge.resume()
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
  })

  it('discards its identity on sign-out, and connects to another relay without a restart', async ({
    desk,
  }) => {
    desk.bridge.signOut()
    expect(desk.bridge.snapshot).toMatchObject({
      tunnel: { kind: 'signedOut' },
      device: null,
      url: undefined,
    })
    const other = await startTestRelay()
    const identity = await pair(other, 'owner')
    desk.bridge.signIn(identity)
    const snapshot = await desk.until(({ tunnel }) => tunnel.kind === 'online')
    expect(snapshot).toMatchObject({ url: other.url, device: { id: identity.deviceId } })
    desk.bridge.pause()
    await other.close()
  })

  it('stays stopped if stopped during its start, and can be started again', async ({ desk }) => {
    const { bridge } = desk
    bridge.stop()
    const started = bridge.start()
    bridge.stop()
    await started
    expect(bridge.snapshot.tunnel.kind).toBe('off')
    await bridge.start()
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
  })

  it('has delivered every response once it reports no running requests', async ({ chat, desk }) => {
    // Longer than the bridge waits before it reports a change.
    const answer = chat({ intervalMs: 200 })
    await desk.until(({ activeRequests }) => activeRequests === 1)
    await desk.until(({ activeRequests }) => activeRequests === 0)
    await desk.bridge.delivered()
    desk.bridge.stop()
    expect((await answer).status).toBe(200)
  })

  it('signs in even if the user had paused it', async ({ desk, relay }) => {
    desk.bridge.pause()
    desk.bridge.signIn(await pair(relay, 'owner'))
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
  })

  it('does not dial while the machine sleeps, and dials immediately when it wakes', async ({ desk }) => {
    desk.bridge.suspend()
    expect(desk.bridge.snapshot.tunnel).toEqual({ kind: 'paused', cause: 'suspended' })
    desk.bridge.wake()
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
  })

  it('refuses new requests while it drains, and lets the running one finish', async ({ chat, desk }) => {
    const response = await chat()
    desk.bridge.drain(true)
    const refused = await chat()
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('5')
    expect(await response.text()).toContain('"done":true')
    desk.bridge.drain(false)
    expect((await chat()).status).toBe(200)
  })

  it('switches to another model server as soon as the settings change', async ({ desk }) => {
    const other = await FakeUpstream.start()
    await desk.settings.patch({ upstream: other.origin })
    await desk.until(({ upstream: now }) => now.kind === 'up' && now.facts.baseUrl === other.origin)
    await other.close()
  })
})
