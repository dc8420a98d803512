import { readFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { closedAfterEach } from '../support/fixtures.ts'
import { OidcBrowser } from '../support/oidc-browser.ts'
import { withProvider } from '../support/oidc-fixtures.ts'
import { AUDIENCE, CLIENT_ID } from '../support/oidc-provider-here.ts'
import { type Program, Workshop } from '../support/program.ts'

const workshop = closedAfterEach(new Workshop())

const it = withProvider
  .extend('program', async ({ provider }) => {
    const env = {
      OIDC_ISSUER: provider.issuer,
      OIDC_AUDIENCE: AUDIENCE,
      OIDC_CLIENT_ID: CLIENT_ID,
      PAIRING_ENABLED: 'false',
      LOG_LEVEL: 'debug',
    }
    const args = ['relay', '--json', '--port', '0', '--data-dir', await workshop.dataDir()]
    return workshop.run(args, { env })
  })
  .extend('url', async ({ program }) => {
    const listening = await program.stdout.json<{ url: string; pairingCode: string | null }>()
    expect(listening).toEqual({ event: 'listening', url: expect.any(String), pairingCode: null })
    return listening.url
  })
  .extend('bridgeArgs', ({ url, upstream, dataDir }) => [
    'bridge',
    '--relay',
    url,
    '--upstream',
    upstream.origin,
    '--data-dir',
    dataDir,
    '--audience',
    AUDIENCE,
  ])
  .extend(
    'startBridge',
    ({ bridgeArgs }) =>
      (...args: string[]): Program =>
        workshop.run([...bridgeArgs, '--json', ...args]),
  )
  .extend('signedIn', ({ provider, startBridge }) => async (): Promise<Program> => {
    const bridge = startBridge('--sign-in')
    const prompt = await bridge.stdout.json<Prompt & { event: string }>(({ event }) => event === 'signIn')
    expect(prompt).toEqual({
      event: 'signIn',
      verificationUri: `${provider.issuer}/device`,
      verificationUriComplete: `${provider.issuer}/device?user_code=${prompt.userCode}`,
      userCode: expect.stringMatching(/^\w{4}-\w{4}$/),
    })
    await new OidcBrowser('alice').visit(prompt.verificationUriComplete)
    await bridge.stdout.json(({ event }) => event === 'online')
    return bridge
  })

interface Prompt {
  readonly verificationUri: string
  readonly verificationUriComplete: string
  readonly userCode: string
}

describe('bridge --sign-in', () => {
  it('prints where to sign in, then is online and accepts keys', async ({ url, dataDir, signedIn }) => {
    const bridge = await signedIn()
    const created = await workshop.run(['keys', 'create', '--json', '--data-dir', dataDir]).result()
    const { key } = JSON.parse(created.stdout) as { key: string }
    await expect.poll(async () => (await fetch(`${url}/k/${key}/api/tags`)).status).toBe(200)
    bridge.kill()
    expect(await bridge.exit).toBe(0)
  })

  it('does not ask again while the sign-in is valid, and shows no token anywhere', async ({
    program,
    dataDir,
    startBridge,
    signedIn,
  }) => {
    const first = await signedIn()
    first.kill()
    await first.exit
    const again = startBridge('--sign-in')
    await again.stdout.json(({ event }) => event === 'online')
    expect(again.stdout.seen.join()).not.toContain('signIn')
    const { device } = JSON.parse(await readFile(`${dataDir}/secrets.json`, 'utf8')) as { device: string }
    const { credential, oidc } = JSON.parse(device) as { credential: string; oidc: { refreshToken: string } }
    const said = [program, first, again]
      .flatMap(({ stdout, stderr }) => [...stdout.seen, ...stderr.seen])
      .join()
    const kept = await readFile(`${dataDir}/settings.json`, 'utf8').catch(() => '')
    for (const secret of [credential.split('.')[1] ?? '?', oidc.refreshToken])
      expect(said + kept).not.toContain(secret)
  })

  it('can be stopped while it waits for the user', async ({ startBridge }) => {
    const bridge = startBridge('--sign-in')
    await bridge.stdout.json(({ event }) => event === 'signIn')
    bridge.kill()
    expect(await bridge.exit).toBe(0)
  })

  it('is refused together with --pair, exit code 2', async ({ startBridge }) => {
    const { code, stderr } = await startBridge('--sign-in', '--pair', 'x').result()
    expect([code, stderr]).toEqual([2, expect.stringContaining('--sign-in and --pair')])
  })

  it('prints where to sign in and the code', async ({ provider, bridgeArgs }) => {
    const bridge = workshop.run([...bridgeArgs, '--sign-in'])
    await bridge.stdout.next((line) => line.includes(`${provider.issuer}/device?user_code=`))
    await bridge.stdout.next((line) => /The code is \w{4}-\w{4}/.test(line))
  })
})

describe('sign-out', () => {
  it('revokes the sign-in and forgets it', async ({ provider, dataDir, startBridge, signedIn }) => {
    const bridge = await signedIn()
    bridge.kill()
    await bridge.exit
    const { code, stdout } = await workshop.run(['sign-out', '--json', '--data-dir', dataDir]).result()
    expect([code, JSON.parse(stdout)]).toEqual([0, { event: 'signedOut', deviceId: expect.any(String) }])
    expect(provider.seen).toContain('POST /token/revocation')
    expect(await readFile(`${dataDir}/secrets.json`, 'utf8')).not.toContain('refreshToken')
    const { stderr } = await startBridge().result()
    expect(stderr).toMatch(/not paired/)
  })

  it('removes it even if the provider is unreachable, and warns that it could not be revoked', async ({
    provider,
    dataDir,
    signedIn,
  }) => {
    const bridge = await signedIn()
    bridge.kill()
    await bridge.exit
    await provider.close()
    const { code, stderr } = await workshop.run(['sign-out', '--data-dir', dataDir]).result()
    expect([code, stderr]).toEqual([0, expect.stringContaining('could not be revoked')])
    expect(await readFile(`${dataDir}/secrets.json`, 'utf8')).not.toContain('refreshToken')
  })

  it('fails if the device is not signed in, exit code 2', async ({ dataDir }) => {
    expect(await workshop.run(['sign-out', '--data-dir', dataDir]).exit).toBe(2)
  })
})
