import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from 'es-module-lexer'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { parseRelayConfig } from '../../src/relay/config.ts'
import { VERSION } from '../../src/shared/version.ts'
import { CERTIFICATES } from '../support/certificates.ts'
import {
  deployFile,
  isInProject,
  type Manifest,
  manifestsIn,
  relayVariables,
  toSeconds,
  variablesIn,
} from '../support/deploy-files.ts'
import { freePort } from '../support/free-port.ts'
import { Program, ROOT } from '../support/program.ts'
import { startTestRelay } from '../support/stack.ts'

const dockerfile = deployFile('Dockerfile').replaceAll('\\\n', ' ')
const steps = dockerfile.split('\n').filter((line) => /^[A-Z]+ /.test(line))
const stepsOf = (name: string) =>
  steps.filter((step) => step.startsWith(`${name} `)).map((step) => step.slice(name.length + 1).trim())

/** The packages that a module imports, over all modules behind it. */
function packagesBehind(entry: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>()
  if (seen.has(entry)) return packages
  seen.add(entry)
  const source = stripTypeScriptTypes(readFileSync(join(ROOT, entry), 'utf8'))
  for (const found of parse(source)[0]) {
    const name = found.specifier ?? 'node:'
    if (name.startsWith('node:')) continue
    // A package that is imported dynamically may be missing, such as the keychain.
    if (found.type === 'dynamic' && !name.startsWith('.')) continue
    if (!name.startsWith('.')) packages.add(name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
    else for (const further of packagesBehind(join(dirname(entry), name), seen)) packages.add(further)
  }
  return packages
}

describe('the image', () => {
  it('uses a versioned base image, which a build can pin by its digest', () => {
    const [, base] = /^NODE_IMAGE=(\S+)$/.exec(stepsOf('ARG')[0] ?? '') ?? []
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    expect(base).toBe(`node:${devDependencies.node}-bookworm-slim`)
    expect(stepsOf('FROM')).toEqual(['${NODE_IMAGE} AS build', '${NODE_IMAGE}'])
  })

  it('runs unprivileged, reports its health, and stops on a signal', () => {
    expect(stepsOf('USER')).toEqual(['1000:1000'])
    expect(stepsOf('HEALTHCHECK').join()).toContain('/health/live')
    // In shell form, the shell would get the signal.
    expect(JSON.parse(stepsOf('ENTRYPOINT')[0] ?? '')).toEqual([
      'node',
      '--max-semi-space-size=1',
      'dist/cli/main.js',
    ])
    expect(JSON.parse(stepsOf('CMD')[0] ?? '')).toEqual(['relay', '--json'])
  })

  it('is healthy while a relay answers, with and without its own certificate', async () => {
    const [, timeout = '', command = ''] =
      /--timeout=(\S+) .*CMD (.*)$/.exec(stepsOf('HEALTHCHECK').join()) ?? []
    // On a busy machine, Node alone takes seconds to start.
    expect(toSeconds(timeout)).toBeGreaterThanOrEqual(10)
    const [, ...args] = JSON.parse(command) as string[]
    const check = (env: Record<string, string>) =>
      new Program(args, { command: [process.execPath], env }).exit
    const dir = await mkdtemp(join(tmpdir(), 'ctl-image-'))
    const [tlsCertFile, tlsKeyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
    await writeFile(tlsCertFile, CERTIFICATES.first.cert)
    await writeFile(tlsKeyFile, CERTIFICATES.first.key)
    const [plain, secure] = [await startTestRelay(), await startTestRelay({ tlsCertFile, tlsKeyFile })]
    const withTls = { PORT: String(secure.port), TLS_CERT_FILE: tlsCertFile }
    try {
      expect([await check({ PORT: String(plain.port) }), await check(withTls)]).toEqual([0, 0])
    } finally {
      await Promise.all([plain.close(), secure.close(), rm(dir, { recursive: true })])
    }
    expect(await check(withTls)).toBe(1)
  })

  it('copies only files that exist and are meant for it', () => {
    const sources = stepsOf('COPY')
      .filter((step) => !step.startsWith('--from'))
      .flatMap((step) => step.split(' ').slice(0, -1))
    expect(sources.filter((source) => !isInProject(source))).toEqual([])
    const [first, ...allowed] = deployFile('Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(first).toBe('*')
    const exceptions = allowed.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
    expect(exceptions.sort()).toEqual([...new Set(sources)].sort())
    expect(stepsOf('ADD')).toEqual([])
  })

  it('omits only packages that no command imports', () => {
    const [, left = ''] = /npm uninstall (?:--\S+\s+)*(.*)/.exec(dockerfile) ?? []
    const dropped = left.trim().split(/\s+/)
    expect(dropped).toContain('electron-updater')
    const needed = packagesBehind('src/cli/program.ts')
    expect(needed.size).toBeGreaterThan(5)
    expect(dropped.filter((name) => needed.has(name))).toEqual([])
  })
})

describe('compose', () => {
  const [compose] = manifestsIn('compose.yml')
  /** Variables that Compose substitutes and requires. */
  const wanted = [...deployFile('compose.yml').matchAll(/\$\{(\w+):\?[^}]+\}/g)].map(([, name]) => name)
  const filled = (text: string) => text.replaceAll(/\$\{\w+:\?[^}]+\}/g, 'secret')
  const [withCaddy] = manifestsIn('compose.caddy.yml')
  const services = Object.entries<Manifest>(compose.services)
  const relays = services.filter(([name]) => name.startsWith('relay-'))
  const addresses = relays.map(([, { networks }]) => `${networks.inside.ipv4_address}:3001`)

  it.each(services)('%s has a version, limits, and no unnecessary privileges', (_name, service) => {
    expect(service.image).toMatch(/^[\w./-]+:\d+\.\d+\.\d+(-\w+)?$/)
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      deploy: { resources: { limits: { cpus: expect.any(String), memory: expect.any(String) } } },
    })
    expect(service).not.toHaveProperty('privileged')
    // Docker refuses more CPUs than the machine has.
    expect(Number(service.deploy.resources.limits.cpus)).toBeLessThanOrEqual(1)
  })

  it('publishes only the proxy’s port', () => {
    expect(services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).toEqual(['proxy'])
  })

  it('runs two relays of this version, with one key and time to finish', () => {
    expect(relays).toHaveLength(2)
    for (const [, { image, volumes, stop_grace_period: grace, environment }] of relays) {
      expect(image).toBe(`cloudtolocalllm-relay:${VERSION}`)
      expect(volumes).toEqual(['relay-data:/data'])
      const { drainMs, trustedProxies } = parseRelayConfig(
        {},
        { ...environment, REDIS_URL: filled(environment.REDIS_URL) },
      )
      expect(toSeconds(grace)).toBeGreaterThan(drainMs / 1000 + 30)
      expect(trustedProxies.check('172.30.77.2')).toBe(true)
      expect(Object.keys(environment).filter((name) => !relayVariables().has(name))).toEqual([])
    }
  })

  it('builds the image once and never pulls it from a registry', () => {
    const [first, ...others] = relays
    expect(services.filter(([, { build }]) => build !== undefined)).toEqual([first])
    expect(others.map(([, service]) => service.pull_policy)).toEqual(others.map(() => 'never'))
  })

  it('gives Redis a password shared with the relays, which process lists do not show', async () => {
    expect(new Set(wanted)).toEqual(new Set(['REDIS_PASSWORD']))
    for (const [, { environment }] of relays)
      expect(filled(environment.REDIS_URL)).toBe('redis://:secret@redis:6379')
    const [shell, flag, script] = compose.services.redis.command as [string, string, string]
    const port = await freePort()
    const own = script.replaceAll('$$', '$').replace('redis-server -', `redis-server - --port ${port}`)
    const child = spawn(shell, [flag, own], { env: { ...process.env, REDIS_PASSWORD: 'secret' } })
    try {
      const redis = (url: string) =>
        new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null }).on('error', () => {})
      const client = redis(`redis://:secret@127.0.0.1:${port}`)
      expect(await client.ping()).toBe('PONG')
      client.disconnect()
      const stranger = redis(`redis://127.0.0.1:${port}`)
      await expect(stranger.ping()).rejects.toThrow('NOAUTH')
      stranger.disconnect()
      expect(execFileSync('ps', ['-o', 'args=', '-p', String(child.pid)]).toString()).not.toContain('secret')
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('lists every relay in both proxy configurations', () => {
    const upstream = deployFile('nginx-upstream.compose.conf')
    const named = [...upstream.matchAll(/ server (\S+)/g)].map(([, address]) => address)
    expect(named).toEqual([...addresses, ...addresses])
    expect(withCaddy.services.proxy.environment.RELAYS.split(' ')).toEqual(addresses)
    // Caddy sends an empty 200 for any other name.
    expect(withCaddy.services.proxy.environment.SITE_ADDRESS).toBe('${SITE_ADDRESS:-http://:8090}')
    for (const file of ['nginx.conf', 'nginx-upstream.compose.conf', 'Caddyfile'])
      expect(JSON.stringify([compose, withCaddy])).toContain(`./${file}:`)
  })

  it('leaves secrets to the operator’s own file', () => {
    const example = deployFile('relay.env.example')
    const compose = deployFile('compose.yml') + deployFile('compose.caddy.yml')
    const substituted = [...compose.matchAll(/\$\{(\w+):/g)].map(([, name = '']) => name)
    const known = new Set([...relayVariables(), ...substituted])
    // Otherwise nobody would notice.
    expect(substituted.filter((name) => !variablesIn(example).includes(name))).toEqual([])
    expect(variablesIn(example).filter((name) => !known.has(name))).toEqual([])
    expect(example).toMatch(/^OPERATOR_TOKEN=$/m)
    expect(readFileSync(join(ROOT, '.gitignore'), 'utf8')).toMatch(/^deploy\/relay\.env$/m)
  })
})
