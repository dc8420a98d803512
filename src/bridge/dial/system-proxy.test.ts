import { expect, test } from 'vitest'
import { proxyIn, SystemProxy } from './system-proxy.ts'

const RELAY = new URL('https://relay.example/')

test.each([
  ['DIRECT', null],
  ['PROXY proxy:3128; DIRECT', 'http://proxy:3128'],
  ['DIRECT; PROXY proxy:3128', null],
  ['SOCKS5 socks:1080; HTTPS secure:443', 'https://secure:443'],
  ['SOCKS5 socks:1080', null],
  ['PROXY ; PROXY next:80', 'http://next:80'],
  ['', null],
])('%j means %j', (answer, proxy) => {
  expect(proxyIn(answer)).toBe(proxy)
})

test('the system’s answer is followed when the network changes', async () => {
  const env: NodeJS.ProcessEnv = {}
  let answer = 'PROXY office:3128'
  const proxy = new SystemProxy(env, async () => answer)
  await proxy.refresh(RELAY)
  expect(env).toMatchObject({ HTTPS_PROXY: 'http://office:3128', HTTP_PROXY: 'http://office:3128' })
  answer = 'DIRECT'
  await proxy.refresh(RELAY)
  expect(env).toEqual({})
})

test('a child process does not treat the system proxy as set by the user', async () => {
  const env: NodeJS.ProcessEnv = {}
  await new SystemProxy(env, async () => 'PROXY office:3128').refresh(RELAY)
  await new SystemProxy(env, async () => 'DIRECT').refresh(RELAY)
  expect(env).toEqual({})
})

test('variables set by the user take precedence', async () => {
  const env: NodeJS.ProcessEnv = { https_proxy: 'http://mine:1' }
  await new SystemProxy(env, async () => 'PROXY office:3128').refresh(RELAY)
  expect(env).toEqual({ https_proxy: 'http://mine:1' })
})

test('a system that does not answer is treated as having no proxy', async () => {
  const env: NodeJS.ProcessEnv = {}
  await new SystemProxy(env, () => Promise.reject(new Error('no'))).refresh(RELAY)
  expect(env).toEqual({})
})
