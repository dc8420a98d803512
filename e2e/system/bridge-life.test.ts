import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { pair, startStack, startTestRelay, type Stack } from '../support/stack.ts'

let upstream: FakeUpstream
let stack: Stack
beforeEach(async () => {
  upstream = await FakeUpstream.start()
  stack = await startStack(upstream.origin)
})
afterEach(async () => {
  await stack.close()
  await upstream.close()
})

const chat = () =>
  fetch(`${stack.desk.keyUrl}/api/chat`, {
    method: 'POST',
    body: JSON.stringify({ model: 'fake', messages: [{ role: 'user', content: 'hi' }] }),
  })

describe('a bridge in the hands of its user', () => {
  it('is off while paused, keeps its URL, and comes back', async () => {
    const { desk } = stack
    const { url } = desk.bridge.snapshot
    desk.bridge.pause()
    expect(desk.bridge.snapshot).toMatchObject({ tunnel: { kind: 'off' }, url })
    expect((await chat()).status).toBe(503)
    desk.bridge.resume()
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
  })

  it('forgets whose it was when it is signed out, and takes up another relay without a restart', async () => {
    const { desk } = stack
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

  it('stays stopped where it was stopped while it started, and starts again', async () => {
    const { desk } = stack
    const { bridge } = desk
    bridge.stop()
    const started = bridge.start()
    bridge.stop()
    await started
    expect(bridge.snapshot.tunnel.kind).toBe('off')
    await bridge.start()
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
  })

  it('has brought every answer to its client when it says that nothing runs', async () => {
    const { desk } = stack
    const answer = chat()
    await desk.until(({ activeRequests }) => activeRequests === 1)
    await desk.until(({ activeRequests }) => activeRequests === 0)
    await desk.bridge.delivered()
    desk.bridge.stop()
    expect((await answer).status).toBe(200)
  })

  it('signs in also where the user had paused it', async () => {
    const { desk, relay } = stack
    desk.bridge.pause()
    desk.bridge.signIn(await pair(relay, 'owner'))
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
  })

  it('does not dial while the machine sleeps, and does at once when it wakes', async () => {
    const { desk } = stack
    desk.bridge.suspend()
    expect(desk.bridge.snapshot.tunnel).toEqual({ kind: 'paused', cause: 'suspended' })
    desk.bridge.wake()
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
  })

  it('turns new requests away while it drains, and lets the one under way finish', async () => {
    const { desk } = stack
    const response = await chat()
    desk.bridge.drain(true)
    const refused = await chat()
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('5')
    expect(await response.text()).toContain('"done":true')
    desk.bridge.drain(false)
    expect((await chat()).status).toBe(200)
  })

  it('goes to another model server as soon as the settings name one', async () => {
    const { desk } = stack
    const other = await FakeUpstream.start()
    await desk.settings.patch({ upstream: other.origin })
    await desk.until(({ upstream: now }) => now.kind === 'up' && now.facts.baseUrl === other.origin)
    await other.close()
  })
})
