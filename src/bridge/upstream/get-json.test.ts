import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('goes straight to the upstream though the environment names a proxy', async () => {
  const server = createServer((_request, response) => response.end('{"direct":true}')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const script = `
    import { getJson } from ${JSON.stringify(new URL('get-json.ts', import.meta.url).href)}
    console.log(JSON.stringify(await getJson('${origin}', 5000)))`
  const env = { ...process.env, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '' }
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env })
  expect(JSON.parse((await child).stdout)).toEqual({ direct: true })
  server.close()
})
