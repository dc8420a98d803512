import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseRelayConfig } from '../../src/relay/config.ts'
import { deployFile, relayVariables } from '../support/deploy-files.ts'
import { ROOT } from '../support/program.ts'

const run = promisify(execFile)
const RELAY = 'cloudtolocalllm-relay@.service'
const DOMAIN = 'domain.conf'
const BRIDGE = 'cloudtolocalllm-bridge.service'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ctl-units-'))
  for (const name of [RELAY, BRIDGE]) await writeFile(join(dir, name.replace('@', '@3001')), unitHere(name))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** As it would be installed, with the program of this checkout. */
function unitHere(name: string): string {
  return deployFile(`systemd/${name}`).replaceAll(
    /\/opt\/cloudtolocalllm|%h\/cloudtolocalllm/g,
    ROOT.replace(/\/$/, ''),
  )
}

const valuesOf = (name: string, key: string) =>
  [...deployFile(`systemd/${name}`).matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(
    ([, value = '']) => value,
  )

it.each([
  [RELAY, '--system'],
  [BRIDGE, '--user'],
])('%s is a valid systemd unit', async (name, manager) => {
  const path = join(dir, name.replace('@', '@3001'))
  const env = { ...process.env, XDG_RUNTIME_DIR: dir }
  const { stdout, stderr } = await run('systemd-analyze', [manager, 'verify', '--man=no', path], { env })
  // The other output is about other units of the machine.
  expect((stdout + stderr).split('\n').filter((line) => line.includes('cloudtolocalllm'))).toEqual([])
})

it('confines a relay well, according to systemd', async () => {
  const path = join(dir, RELAY.replace('@', '@3001'))
  const args = ['security', '--offline=true', '--no-pager', '--threshold=20', path]
  // Ends with an error above the threshold: 2.0 of 10.
  const { stdout } = await run('systemd-analyze', args)
  expect(stdout).toMatch(/Overall exposure level/)
})

it('lets a relay with a domain use ports below 1024, and confines it nearly as well', async () => {
  const unit = join(dir, 'cloudtolocalllm-relay@443.service')
  await writeFile(unit, unitHere(RELAY))
  await mkdir(`${unit}.d`)
  await writeFile(join(`${unit}.d`, DOMAIN), deployFile(`systemd/${DOMAIN}`))
  const args = ['security', '--offline=true', '--no-pager', '--threshold=20', unit]
  const { stdout } = await run('systemd-analyze', args)
  expect(stdout).toMatch(/Overall exposure level.* 1\.[89]/)
  for (const key of ['CapabilityBoundingSet', 'AmbientCapabilities'])
    expect(valuesOf(DOMAIN, key)).toEqual(['CAP_NET_BIND_SERVICE'])
})

it('starts the program with a small young generation, and does not restart it after invalid settings', () => {
  for (const name of [RELAY, BRIDGE]) {
    expect(valuesOf(name, 'ExecStart')[0]).toContain(
      'node_modules/.bin/node --max-semi-space-size=1 dist/cli/main.js',
    )
    expect(valuesOf(name, 'RestartPreventExitStatus')).toEqual(['2'])
  }
})

it('waits longer than the relay’s drain timeout, and sets only known variables', () => {
  const env = valuesOf(RELAY, 'Environment').map((line) => line.split('=') as [string, string])
  const known = relayVariables()
  expect(env.map(([name]) => name).filter((name) => !known.has(name))).toEqual([])
  const { drainMs } = parseRelayConfig({}, { ...Object.fromEntries(env), PORT: '3001' })
  expect(Number(valuesOf(RELAY, 'TimeoutStopSec')[0])).toBeGreaterThanOrEqual(drainMs / 1000 + 30)
})
