import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../tunnel/system-clock.ts'
import { startDemoUpstream } from '../demo/server.ts'
import { isRelay, probeUpstream } from './probe.ts'

const servers: Server[] = []
const asked: string[] = []
afterEach(() => {
  asked.length = 0
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

const listen = async (listener: RequestListener) => {
  const server = createServer(listener)
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Serves JSON by path; everything else is `fallback`. */
const serve = (paths: Record<string, unknown>, fallback: [number, unknown] = [404, {}]) =>
  listen((request, response) => {
    const path = request.url!
    asked.push(path)
    const [status, body] = path in paths ? [200, paths[path]] : fallback
    response.writeHead(status).end(JSON.stringify(body))
  })

const lmStudioFallback: [number, unknown] = [200, { error: 'Unexpected endpoint or method.' }]
const openAiList = (ownedBy: string) => ({
  '/v1/models': { object: 'list', data: [{ id: 'm1', owned_by: ownedBy }, { id: 'm2' }, { id: 5 }, null] },
})

describe('probeUpstream', () => {
  it('knows an Ollama by its version and lists its models', async () => {
    const tags = { models: [{ name: 'llama3.2:latest' }, { name: 7 }, null] }
    const ps = { models: [{ name: 'llama3.2:latest' }] }
    const origin = await serve({ '/api/version': { version: '0.12.3' }, '/api/tags': tags, '/api/ps': ps })
    const models = ['llama3.2:latest']
    const facts = { origin, kind: 'ollama', version: '0.12.3', models, loaded: models, name: 'Ollama 0.12.3' }
    expect(await probeUpstream(origin)).toEqual(facts)
  })

  it.each([
    ['organization_owner', 'LM Studio', lmStudioFallback],
    ['llamacpp', 'llama.cpp', undefined],
    ['vllm', 'vLLM', undefined],
    ['somebody', 'OpenAI-compatible server', undefined],
  ] as const)('knows a server whose models belong to %s as %s', async (ownedBy, name, fallback) => {
    const origin = await serve(openAiList(ownedBy), fallback && [...fallback])
    const facts = { origin, kind: 'openai', version: null, models: ['m1', 'm2'], name }
    expect(await probeUpstream(origin)).toEqual(facts)
  })

  it('knows the demo model', async () => {
    const demo = await startDemoUpstream({ clock: systemClock })
    expect(await probeUpstream(demo.origin)).toMatchObject({ kind: 'demo', models: ['demo:latest'] })
    await demo.close()
  })

  it('does not fill the log of a known OpenAI-compatible server with paths of Ollama', async () => {
    await probeUpstream(await serve(openAiList('x')), { known: 'openai' })
    expect(asked).toEqual(['/v1/models'])
  })

  it.each<[string, RequestListener]>([
    ['says no', (_request, response) => response.writeHead(401).end('{"version":"1"}')],
    ['talks HTML', (_request, response) => response.end('<html>')],
    ['talks something else than HTTP', (request) => request.socket.end('220 smtp\r\n')],
    ['hangs', () => {}],
    ['hangs in the middle', (_request, response) => void response.write('{"version":')],
    ['breaks off', (_request, response) => void response.write('{', () => response.destroy())],
    [
      'never stops',
      (_request, response) => {
        const pour = (): void => void (response.destroyed || response.write('1'.repeat(2 ** 20), pour))
        pour()
      },
    ],
  ])('finds nothing at a server that %s', async (_what, listener) => {
    expect(await probeUpstream(await listen(listener), { timeoutMs: 200 })).toBeNull()
  })

  it('finds nothing, and does not throw, where nothing listens', async () => {
    const origin = await listen(() => {})
    servers.pop()!.close()
    expect(await probeUpstream(origin)).toBeNull()
  })
})

describe('isRelay', () => {
  it('knows a relay by its document, and takes nothing else for one', async () => {
    const path = '/.well-known/cloudtolocalllm'
    expect(await isRelay(await serve({ [path]: { protocol: 'x' } }))).toBe(true)
    expect(await isRelay(await serve({}))).toBe(false)
    expect(await isRelay(await serve({}, [...lmStudioFallback]))).toBe(false)
  })
})
