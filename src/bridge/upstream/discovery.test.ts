import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { UpstreamKind } from '../../shared/announcement.ts'
import { wordsFor } from '../../shared/words.ts'
import { discoverUpstream, type Discovery } from './discovery.ts'
import type { Probe } from './probe.ts'
import type { UpstreamRefusal } from './upstream-state.ts'

const at = (port: number) => `http://127.0.0.1:${port}`
const reasonOf = (found: Discovery) => (found.kind === 'missing' ? wordsFor(found.reason, 'cli') : null)

/** A computer on which these servers respond. */
const computer = (
  servers: Record<string, UpstreamKind | Omit<UpstreamRefusal, 'baseUrl'>>,
): Probe & { asked: string[] } => {
  const asked: string[] = []
  const probe: Probe = (origin) => {
    asked.push(origin)
    const kind = servers[origin]
    if (kind === undefined) return Promise.resolve({ kind: 'silent', isGone: true })
    if (typeof kind === 'object')
      return Promise.resolve({ kind: 'refusing', refusal: { ...kind, baseUrl: origin } })
    return Promise.resolve({
      kind: 'up',
      facts: { baseUrl: origin, kind, version: null, models: [], name: kind },
    })
  }
  return Object.assign(probe, { asked })
}

const originOf = async (options: Parameters<typeof discoverUpstream>[0]) => {
  const discovery = await discoverUpstream(options)
  return discovery.kind === 'found' ? discovery.facts.baseUrl : null
}

describe('discoverUpstream', () => {
  it('looks at OLLAMA_HOST first, then at the well-known ports, each once', async () => {
    const probe = computer({})
    await discoverUpstream({ env: { OLLAMA_HOST: '0.0.0.0:8080' }, probe })
    expect(probe.asked).toEqual([at(8080), at(11434), at(1234), at(8000)])
  })

  it('prefers Ollama to earlier candidates, otherwise the order decides', async () => {
    const ollamaLast = computer({ [at(1234)]: 'openai', [at(8000)]: 'ollama' })
    expect(await originOf({ env: {}, probe: ollamaLast })).toBe(at(8000))
    const noOllama = computer({ [at(8080)]: 'openai', [at(1234)]: 'openai' })
    expect(await originOf({ env: {}, probe: noOllama })).toBe(at(1234))
  })

  it('continues if OLLAMA_HOST is invalid', async () => {
    const probe = computer({ [at(11434)]: 'ollama' })
    expect(await originOf({ env: { OLLAMA_HOST: 'http://a b' }, probe })).toBe(at(11434))
  })

  it('never replaces a configured upstream by another', async () => {
    const probe = computer({ [at(11434)]: 'ollama' })
    const discovery = await discoverUpstream({ explicitUrl: at(5), env: {}, probe })
    expect(discovery).toMatchObject({ kind: 'missing', baseUrl: at(5) })
    expect(reasonOf(discovery)).toContain(at(5))
    expect(probe.asked).toEqual([at(5)])
  })

  it('reports where it looked if there is no server', async () => {
    const discovery = await discoverUpstream({ env: {}, probe: computer({}) })
    expect(discovery).toMatchObject({ kind: 'missing', baseUrl: null })
    expect(reasonOf(discovery)).toContain('Ollama')
  })

  it('prefers a server that serves to one that refuses, and that one to none', async () => {
    const refusal = { cause: 'loading', status: 503, isModelServer: true } as const
    const both = computer({ [at(11434)]: refusal, [at(8000)]: 'openai' })
    expect(await originOf({ env: {}, probe: both })).toBe(at(8000))
    const loading = await discoverUpstream({ env: {}, probe: computer({ [at(8080)]: refusal }) })
    expect(loading).toEqual({ kind: 'refusing', refusal: { ...refusal, baseUrl: at(8080) } })
  })

  it('treats an unidentified server that refuses as a model server only if configured', async () => {
    const probe = computer({ [at(8080)]: { cause: 'needsKey', status: 401, isModelServer: false } })
    expect(await discoverUpstream({ env: {}, probe })).toMatchObject({ kind: 'missing' })
    expect(await discoverUpstream({ explicitUrl: at(8080), env: {}, probe })).toMatchObject({
      kind: 'refusing',
    })
  })

  it('reports if something else responds at the configured address', async () => {
    const discovery = await discoverUpstream({
      explicitUrl: at(5),
      env: {},
      probe: async () => ({ kind: 'stranger' }),
    })
    expect(reasonOf(discovery)).toBe(`The server at ${at(5)} is not a model server. Check the address.`)
  })

  it('does not mistake a relay for an upstream, although it answers like one', async () => {
    const relay = createServer((request, response) => {
      const body = request.url === '/api/version' ? { version: '0.12.3' } : { protocol: 'x' }
      response.end(JSON.stringify(body))
    }).listen(0, '127.0.0.1')
    await once(relay, 'listening')
    const explicitUrl = at((relay.address() as AddressInfo).port)
    expect(await originOf({ explicitUrl, env: {} })).toBeNull()
    relay.close().closeAllConnections()
  })
})
