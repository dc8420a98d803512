import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { getJson } from './get-json.ts'

it('connects directly to the upstream despite a proxy in the environment', async () => {
  const server = createServer((_request, response) => response.end('{"direct":true}')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const script = `
    import { getJson } from ${JSON.stringify(new URL('get-json.ts', import.meta.url).href)}
    console.log(JSON.stringify(await getJson('${origin}', { timeoutMs: 60_000 })))`
  const env = { ...process.env, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '' }
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env })
  expect(JSON.parse((await child).stdout)).toMatchObject({ kind: 'json', value: { direct: true } })
  server.close()
})

it('sends its key, and does not follow redirects with it', async () => {
  const seen: unknown[] = []
  const server = createServer((request, response) => {
    seen.push([request.url, request.headers.authorization])
    response.writeHead(307, { location: '/elsewhere', server: 'x' }).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/here`
  const answer = await getJson(url, { timeoutMs: 60_000, apiKey: 'sk-1' })
  expect(answer).toEqual({ kind: 'other', status: 307, value: {}, server: 'x' })
  expect(seen).toEqual([['/here', 'Bearer sk-1']])
  server.close()
})
