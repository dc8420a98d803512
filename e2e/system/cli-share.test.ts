import { describe, expect } from 'vitest'
import { closedAfterEach, fresh as it } from '../support/fixtures.ts'
import { Workshop } from '../support/program.ts'

const PUBLIC_URL = 'https://relay.example.com'
const workshop = closedAfterEach(new Workshop())

/** A data directory with a running bridge. */
async function startBridge(relay: { localUrl: string; code: string }, upstream: string): Promise<string> {
  const dataDir = await workshop.dataDir()
  const pairing = ['--relay', relay.localUrl, '--pair', relay.code, '--upstream', upstream]
  const bridge = workshop.run(['bridge', '--json', '--data-dir', dataDir, ...pairing])
  await bridge.stdout.json(({ event }) => event === 'online')
  return dataDir
}

async function textOf(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await workshop.run(args).result()
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

describe('keys create --qr, with a public relay', () => {
  it.override('relayFlags', { publicUrl: PUBLIC_URL })

  it('prints a QR code, the link in it, and settings of clients', async ({ relay, upstream }) => {
    const at = { localUrl: `http://127.0.0.1:${relay.port}`, code: relay.mintPairingCode('owner') }
    const dataDir = await startBridge(at, upstream.origin)
    const text = await textOf('keys', 'create', '--name', 'phone', '--qr', '--data-dir', dataDir)
    const [link = ''] = /https:\/\/relay\.example\.com\/#k=\S+/.exec(text) ?? []
    const key = link.split('=')[1]
    expect(text).toMatch(/^ {2}[ █▀▄]{20,}$/m)
    expect(text).toContain(`OLLAMA_HOST=${PUBLIC_URL}/k/${key} ollama run`)
    expect(
      Math.max(
        ...text
          .split('\n')
          .filter((line) => /[█▀▄]/.test(line))
          .map(({ length }) => length),
      ),
    ).toBeLessThan(80)
    const answer = await fetch(`${at.localUrl}/k/${key}/api/tags`)
    expect(answer.status).toBe(200)

    const json = await textOf('keys', 'create', '--name', 'tv', '--qr', '--json', '--data-dir', dataDir)
    const made = JSON.parse(json)
    expect(made).toEqual({
      id: expect.any(String),
      key: expect.any(String),
      link: `${PUBLIC_URL}/#k=${made.key}`,
    })
  })
})

describe('keys create --qr', () => {
  it('prints no QR code for a relay that no phone can reach', async ({ relay, upstream }) => {
    const at = { localUrl: relay.url, code: relay.mintPairingCode('owner') }
    const dataDir = await startBridge(at, upstream.origin)
    const text = await textOf('keys', 'create', '--qr', '--data-dir', dataDir)
    expect(text).toContain(`${relay.url}/#k=`)
    expect(text).toContain('For a phone, run a relay on a server')
    expect(text).not.toMatch(/[█▀▄]/)
  })

  it('needs no running bridge', async ({ relay }) => {
    const dataDir = await workshop.dataDir()
    await textOf('pair', '--relay', relay.url, '--data-dir', dataDir, relay.mintPairingCode('owner'))
    expect(await textOf('keys', 'create', '--qr', '--data-dir', dataDir)).toContain(`${relay.url}/#k=`)
  })

  it('creates nothing without a relay', async () => {
    const dataDir = await workshop.dataDir()
    const { code, stderr } = await workshop.run(['keys', 'create', '--qr', '--data-dir', dataDir]).result()
    expect(code).toBe(2)
    expect(stderr).toContain('pair')
    expect(await textOf('keys', 'list', '--json', '--data-dir', dataDir)).toBe('')
  })
})

it('keys list shows when a key was used last', async ({ relay, upstream }) => {
  const dataDir = await startBridge(
    { localUrl: relay.url, code: relay.mintPairingCode('owner') },
    upstream.origin,
  )
  for (const name of ['phone', 'tablet'])
    await textOf('keys', 'create', '--name', name, '--data-dir', dataDir)
  const { key } = JSON.parse(await textOf('keys', 'create', '--name', 'tv', '--json', '--data-dir', dataDir))
  const body = JSON.stringify({ model: 'fake:latest', messages: [{ role: 'user', content: 'Hi' }] })
  await (await fetch(`${relay.url}/k/${key}/api/chat`, { method: 'POST', body })).text()
  const list = async () => (await textOf('keys', 'list', '--data-dir', dataDir)).split('\n')
  await expect.poll(list).toContainEqual(expect.stringMatching(/^tv .* \d{4}-\d\d-\d\d .*default/))
  expect(await list()).toContainEqual(expect.stringMatching(/^phone .*–/))
})

describe('keys create', () => {
  it('prints where to use the key and when it expires, in 80 columns', async ({ relay, upstream }) => {
    const at = { localUrl: relay.url, code: relay.mintPairingCode('owner') }
    const dataDir = await startBridge(at, upstream.origin)
    const text = await textOf('keys', 'create', '--expires', '2036-02-03', '--data-dir', dataDir)
    expect(text).toContain('· expires 2036-02-03 00:00 UTC')
    expect(text).toContain(`Clients use it at ${relay.url}`)
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
  })

  it('warns of a model that the running server does not have', async ({ relay, upstream }) => {
    const at = { localUrl: relay.url, code: relay.mintPairingCode('owner') }
    const dataDir = await startBridge(at, upstream.origin)
    const args = ['keys', 'create', '--models', 'Fake,lama3', '--data-dir', dataDir]
    const { code, stderr } = await workshop.run(args).result()
    expect([code, stderr]).toEqual([0, 'The model server does not have the model "lama3". Check the name.'])
  })
})

it('keys list marks keys that were made for another relay', async ({ relay }) => {
  const dataDir = await workshop.dataDir()
  const pair = (code: string) => textOf('pair', '--relay', relay.url, '--data-dir', dataDir, code)
  await pair(relay.mintPairingCode('one'))
  await textOf('keys', 'create', '--name', 'old', '--data-dir', dataDir)
  expect(await pair(relay.mintPairingCode('two'))).toContain('Keys of the previous relay do not work here')
  await textOf('keys', 'create', '--name', 'new', '--data-dir', dataDir)
  const lines = (await textOf('keys', 'list', '--data-dir', dataDir)).split('\n')
  expect(lines).toEqual([
    expect.stringMatching(/^Name /),
    expect.stringMatching(/^old .* other relay /),
    expect.stringMatching(/^new .* default /),
  ])
})

describe('relay', () => {
  it('prints links that pair a desktop without typing', async () => {
    const args = ['relay', '--port', '0', '--public-url', PUBLIC_URL, '--data-dir', await workshop.dataDir()]
    const program = workshop.run(args)
    const line = await program.stdout.next((text) => text.includes('#pair='))
    const [, code] =
      /^Or open this page on the desktop: https:\/\/relay\.example\.com\/#pair=(\S+)$/.exec(line) ?? []
    await program.stdout.next((text) =>
      text.includes(`cloudtolocalllm://pair?relay=https%3A%2F%2Frelay.example.com&code=${code}`),
    )
    expect(program.stdout.seen.join('\n')).toContain(`--pair ${code}`)
  })

  it('lists the common settings with --help, and all of them with --help=all', async () => {
    const [short, all] = [await textOf('relay', '--help'), await textOf('relay', '--help=all')]
    expect(short).toContain('--domain <value>')
    expect(short).toContain('relay --help=all')
    expect(short).not.toContain('--breaker')
    expect(all).toContain('--chat-page <value>')
    expect(all.match(/^\w.*(?=:$)/gm)).toEqual([
      'Options',
      'Common settings',
      'Pairing and sign-in',
      'Certificate',
      'Several relays and stopping',
      'Operation',
      'Limits',
      'Tunnels and timeouts',
      'Other settings',
    ])
    expect(all.split('\n').length).toBeGreaterThan(2 * short.split('\n').length)
  })
})
