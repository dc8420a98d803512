import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../tunnel/system-clock.ts'
import { openUpstreamRequest } from '../forward/upstream-request.ts'
import { trustAuthorities } from './certificate-authorities.ts'
import { CERTIFICATE, PRIVATE_KEY } from './certificate.test-support.ts'
import { askHttp } from './http-request.ts'

const usual = getCACertificates('default')
afterEach(() => setDefaultCACertificates(usual))

/** The test's certificate is for another name: this is checked once its authority is trusted. */
const TRUSTED = { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }

async function trustTestAuthority(): Promise<void> {
  const path = join(await mkdtemp(join(tmpdir(), 'ctl-ca-')), 'ca.pem')
  await writeFile(path, CERTIFICATE)
  trustAuthorities({ CLOUDTOLOCALLLM_CA_FILE: path })
}

async function serverPort(): Promise<number> {
  const server = createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (_request, response) => response.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

test('the authorities are loaded with the first TLS connection', async () => {
  const before = getCACertificates('default')
  await trustTestAuthority()
  expect(getCACertificates('default')).toEqual(before)
  const url = new URL(`https://localhost:${await serverPort()}`)
  await expect(askHttp(url, { timeoutMs: 60_000, maxBytes: 1 })).rejects.toMatchObject(TRUSTED)
})

test('a model server is verified against the same authorities', async () => {
  await trustTestAuthority()
  const upstream = { baseUrl: `https://localhost:${await serverPort()}`, kind: 'openai', name: 'it' } as const
  const request = openUpstreamRequest(upstream, { method: 'GET', target: '/', headers: [] }, systemClock)
  expect(await once(request.end(), 'error')).toMatchObject([TRUSTED])
})
