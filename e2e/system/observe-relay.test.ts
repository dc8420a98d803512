import { describe, expect } from 'vitest'
import type { Logger } from '../../src/shared/logger.ts'
import { Call } from '../support/call.ts'
import { FILE, shared } from '../support/fixtures.ts'
import { JobWatcher } from '../support/job-watcher.ts'
import { Desk } from '../support/stack.ts'

interface Line extends Record<string, unknown> {
  readonly msg: string
}

/** Stores logged lines as plain data. */
class LogBook {
  readonly lines: Line[] = []
  readonly logger = this.#loggerWith({})

  /** The first matching line of this kind; waits for it. */
  async line(msg: string, facts: object = {}): Promise<Line> {
    await expect.poll(() => this.lines).toContainEqual(expect.objectContaining({ msg, ...facts }))
    return this.lines.find((line) => line.msg === msg && matches(line, facts))!
  }

  #loggerWith(facts: object): Logger {
    const note = (fields: object, msg: string) => void this.lines.push({ ...facts, ...fields, msg })
    const child = (more: object) => this.#loggerWith({ ...facts, ...more })
    return { debug: note, info: note, warn: note, error: note, child }
  }
}

function matches(line: Line, facts: object): boolean {
  return Object.entries(facts).every(([name, value]) => line[name] === value)
}

const relayLog = new LogBook()
const auditLog = new LogBook()
const bridgeLog = new LogBook()
const it = shared
  .extend('relayOptions', FILE, { logger: relayLog.logger, auditLogger: auditLog.logger })
  .extend('deskOptions', FILE, { logger: bridgeLog.logger })
  .extend(
    'figures',
    FILE,
    ({ relay }) =>
      async () =>
        (await fetch(`${relay.url}/metrics`)).text(),
  )

const chat = (tokens: number) => ({
  model: 'fake',
  messages: [{ role: 'user', content: 'a secret thought' }],
  options: { tokens, intervalMs: 5 },
})
const figure = (text: string, name: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length),
  )

describe('the log', () => {
  it('correlates both ends of a request by the id that its client sees', async ({ desk }) => {
    const call = new Call(`${desk.keyUrl}/api/chat`, { body: chat(3) })
    const requestId = (await call.head).headers['x-request-id']
    await call.whole()
    const here = await relayLog.line('request done', { requestId })
    const there = await bridgeLog.line('request done', { requestId })
    expect(here).toMatchObject({ method: 'POST', path: '/api/chat', status: 200 })
    expect(there).toMatchObject({
      method: 'POST',
      path: '/api/chat',
      status: 200,
      bytesOut: here['bytesOut'],
    })
  })

  it('uses the id given by a proxy on this machine', async ({ desk }) => {
    const headers = { 'x-request-id': 'from-the-proxy-0001', 'user-agent': 'test' }
    const answer = await new Call(`${desk.keyUrl}/api/version`, { headers }).head
    expect(answer.headers['x-request-id']).toBe('from-the-proxy-0001')
    await bridgeLog.line('request done', { requestId: 'from-the-proxy-0001' })
  })

  it('does not count a request as a success if its client disconnected before the response', async ({
    upstream,
    desk,
    figures,
  }) => {
    const release = upstream.holdLoads()
    const call = new Call(`${desk.keyUrl}/api/chat`, {
      body: chat(1),
      headers: { 'x-request-id': 'left-before-the-head' },
    })
    const seen = await upstream.request('/api/chat').then(() => upstream.request('/api/chat'))
    call.destroy()
    await seen.socketClosedAt
    release()
    const line = await relayLog.line('request done', { requestId: 'left-before-the-head' })
    expect(line).toMatchObject({ error: 'CANCELLED', status: undefined })
    expect(await figures()).toContain('status="none",outcome="cancelled"} 1')
  })
})

describe('the metrics', () => {
  it('include the delay of each stream’s first chunk, and of every later one', async ({ desk, figures }) => {
    const before = await figures()
    const call = new Call(`${desk.keyUrl}/api/chat`, { body: chat(20) })
    await call.whole()
    const after = await figures()
    const grown = (name: string) => figure(after, name) - figure(before, name)
    expect(grown('ctl_first_token_seconds_count')).toBe(1)
    // Chunks that the model server sent together may arrive together.
    expect(grown('ctl_inter_token_seconds_count')).toBeGreaterThan(5)
    expect(grown('ctl_inter_token_seconds_sum')).toBeGreaterThan(0.05)
  })

  it('do not count other responses as streams', async ({ desk, figures }) => {
    const before = await figures()
    await (await fetch(`${desk.keyUrl}/api/tags`)).text()
    const after = await figures()
    for (const name of ['ctl_first_token_seconds_count', 'ctl_inter_token_seconds_count'])
      expect(figure(after, name)).toBe(figure(before, name))
  })

  it('contain no owner and no content', async ({ upstream, desk, figures }) => {
    const text = await figures()
    for (const secret of [
      desk.key,
      desk.ownerId,
      desk.identity.deviceId,
      upstream.models[0]!,
      'a secret thought',
    ])
      expect(text).not.toContain(`"${secret}"`)
  })

  it('count a device that resumed after its carrier was lost', async ({ desk, figures }) => {
    const before = await figures()
    const call = new Call(`${desk.keyUrl}/api/chat`, { body: chat(30) })
    await call.piece()
    desk.proxy.cut()
    await call.whole()
    const after = await figures()
    expect(figure(after, 'ctl_resumes_total') - figure(before, 'ctl_resumes_total')).toBe(1)
  })
})

describe('the audit', () => {
  const events = (event: string) => auditLog.lines.filter((line) => line['event'] === event)

  it('records pairings and connections, by owner and device', async ({ desk }) => {
    const { ownerId, deviceId } = desk.identity
    // The desk pairs another device for the owner's token.
    const another = expect.not.stringContaining(deviceId)
    expect(events('pairing')).toEqual(
      [deviceId, another].map((paired) => ({
        msg: 'audit',
        audit: true,
        event: 'pairing',
        ownerId,
        deviceId: paired,
      })),
    )
    expect(events('connect')).toEqual([
      { msg: 'audit', audit: true, event: 'connect', ownerId, deviceId, tunnelId: expect.any(String) },
    ])
  })

  it('records refusals, with the address from a proxy', async ({ relay, desk }) => {
    const from = { 'x-forwarded-for': '203.0.113.7' }
    const unknown = `${desk.key.slice(0, -4)}xxxx`
    await fetch(`${relay.url}/api/tags`, { headers: { ...from, authorization: `Bearer ${unknown}` } })
    await fetch(`${relay.url}/api/tags`, { headers: { ...from, authorization: 'Bearer a.b.c' } })
    await fetch(`${relay.url}/metrics`, { headers: from })
    const body = JSON.stringify({ code: 'AAAA-AAAA' })
    const json = { ...from, 'content-type': 'application/json' }
    await fetch(`${relay.url}/api/pair`, { method: 'POST', headers: json, body })
    for (const event of ['key-refused', 'auth-failure', 'operator-refused', 'pairing-refused'])
      expect(events(event)).toEqual([expect.objectContaining({ audit: true, address: '203.0.113.7' })])
    expect(JSON.stringify(auditLog.lines)).not.toContain(unknown)
  })

  it('records who changed or watched which job, without content', async ({ relay, desk, figures }) => {
    const { ownerId, deviceId } = desk.identity
    const before = await figures()
    const send = async (method: string, path: string, body?: object): Promise<string> => {
      const headers = { ...desk.authorization, 'content-type': 'application/json' }
      const response = await fetch(`${relay.url}${path}`, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      })
      await response.arrayBuffer()
      return response.headers.get('x-job-id') ?? String(response.status)
    }
    const secret = { model: 'nowhere', input: 'a secret thought' }
    const job = await send('POST', '/api/jobs', { type: 'embed', ...secret, input: ['a secret thought'] })
    const whole = await send('POST', '/v1/responses', { ...secret, background: true })
    const streamed = await send('POST', '/v1/responses', { ...secret, background: true, stream: true })
    await send('POST', '/v1/responses', { ...secret, model: 'fake' })
    expect(await send('POST', `/api/jobs/${job}/cancel`)).toBe('200')
    expect(await send('POST', `/api/jobs/${job}/retry`)).toBe('200')
    expect(await send('DELETE', `/v1/responses/${whole}`)).toBe('200')
    expect(await send('DELETE', `/api/jobs/${whole}`)).toBe('404')
    const lines = auditLog.lines.filter(({ event }) => String(event).startsWith('job-'))
    const by = lines[0]?.['by']
    expect(by).toMatch(/^[\w-]{12}$/)
    expect(lines).toEqual(
      [
        ['job-created', job],
        ['job-created', whole],
        ['job-created', streamed],
        ['job-cancelled', job],
        ['job-retried', job],
        ['job-deleted', whole],
      ].map(([event, jobId]) => {
        const requestId = expect.any(String)
        return { msg: 'audit', audit: true, event, ownerId, deviceId, jobId, by, requestId }
      }),
    )
    const watcher = await JobWatcher.open(relay.port, desk.key)
    watcher.close()
    expect(events('job-watch')).toMatchObject([{ ownerId, by, routingId: desk.identity.address }])
    const wrong = new JobWatcher(relay.port, {
      headers: { authorization: `Bearer ${desk.key.slice(0, -4)}yyyy`, 'x-forwarded-for': '203.0.113.9' },
    })
    expect(await wrong.closed).toBe(4401)
    await auditLog.line('audit', { event: 'key-refused', address: '203.0.113.9' })
    expect(JSON.stringify(auditLog.lines)).not.toMatch(/secret|nowhere/)
    const created = 'ctl_job_changes_total{change="created"}'
    expect(figure(await figures(), created) - (figure(before, created) || 0)).toBe(3)
  })

  it('records a device that replaces its old tunnel, and one that disconnects', async ({
    upstream,
    relay,
    desk,
  }) => {
    const again = await Desk.start(relay, upstream.origin, { identity: desk.identity })
    expect(events('takeover')).toHaveLength(1)
    await auditLog.line('audit', { event: 'disconnect', code: 'REPLACED' })
    again.bridge.stop()
    await auditLog.line('audit', { event: 'disconnect', code: 'BRIDGE_STOPPED' })
    await again.close()
  })

  it('is not part of the log if it has its own destination', () => {
    expect(relayLog.lines.filter((line) => line['audit'] === true)).toEqual([])
  })
})
