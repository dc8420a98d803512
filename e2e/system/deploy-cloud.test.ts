import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseRelayConfig } from '../../src/relay/config.ts'
import { deployFile, isInProject, manifestsIn, relayVariables, variablesIn } from '../support/deploy-files.ts'
import { ROOT } from '../support/program.ts'

interface WrittenFile {
  readonly path: string
  readonly permissions: string
  readonly content: string
}

const projectFile = async (): Promise<{ devDependencies: { node: string }; repository: { url: string } }> =>
  JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))

describe('cloud-init.yaml', () => {
  const [{ write_files: files, runcmd }] = manifestsIn('cloud-init.yaml')
  const fileAt = (path: string) => (files as WrittenFile[]).find((file) => file.path === path)
  const [[program]] = runcmd as [[string]]
  const script = fileAt(program)?.content ?? ''

  it('is recognised by its first line, and names the domain once', () => {
    expect(deployFile('cloud-init.yaml')).toMatch(/^#cloud-config\n/)
    const settings = fileAt('/etc/cloudtolocalllm/relay.env')
    expect(settings?.permissions).toBe('0600')
    const names = variablesIn(settings?.content ?? '')
    expect(names).toEqual(['DOMAIN'])
    const [, domain = ''] = /^DOMAIN=(.*)$/m.exec(settings?.content ?? '') ?? []
    expect(parseRelayConfig({}, { DOMAIN: domain, PORT: '443' })).toMatchObject({ port: 443, httpPort: 80 })
    expect(script).not.toContain(domain)
  })

  it('runs a valid shell script that stops at the first error', async () => {
    expect(fileAt(program)?.permissions).toBe('0755')
    expect(script).toMatch(/^#!\/bin\/bash\nset -euo pipefail\n/)
    const dir = await mkdtemp(join(tmpdir(), 'ctl-cloud-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    await writeFile(join(dir, 'script'), script)
    await promisify(execFile)('bash', ['-n', join(dir, 'script')])
  })

  it('installs this project’s Node version after verifying it, and this project', async () => {
    const { devDependencies, repository } = await projectFile()
    expect(script).toContain(`version=v${devDependencies.node}\n`)
    expect(script.indexOf('sha256sum --check')).toBeLessThan(script.indexOf('tar -xJf'))
    expect(`git+${/git clone .*(https:\S+)/.exec(script)?.[1]}`).toBe(repository.url)
  })

  it('installs units that exist and starts one that may use the port', () => {
    const sources = [...script.matchAll(/deploy\/\S+/g)].map(([path]) => path)
    expect(sources).toEqual(['deploy/systemd/cloudtolocalllm-relay@.service', 'deploy/systemd/domain.conf'])
    expect(sources.filter((path) => !isInProject(path))).toEqual([])
    expect(script).toContain('"$units/cloudtolocalllm-relay@443.service.d/domain.conf"')
    expect(script).toContain('systemctl enable --now cloudtolocalllm-relay@443')
  })
})

describe('fly.toml', () => {
  const text = deployFile('fly.toml')
  const [, table = ''] = /^\[env\]\n((?:.+\n)+)/m.exec(text) ?? []
  const env = Object.fromEntries(
    [...table.matchAll(/^\s*(\w+) = "(.*)"$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
  const numberAt = (key: string) => Number(new RegExp(`^\\s*${key} = (\\d+)$`, 'm').exec(text)?.[1])

  it('sets only relay settings, and leaves TLS to the platform', () => {
    expect(Object.keys(env)).toEqual(['PUBLIC_URL', 'TRUSTED_PROXIES', 'DRAIN_TIMEOUT'])
    expect(Object.keys(env).filter((name) => !relayVariables().has(name))).toEqual([])
    const { port, publicUrl, trustedProxies, domain } = parseRelayConfig({}, env)
    expect([port, publicUrl, domain]).toEqual([numberAt('internal_port'), 'https://name.fly.dev', undefined])
    expect(trustedProxies.check('172.16.3.4')).toBe(true)
    expect(text).toContain('force_https = true')
  })

  it('gives requests time to finish, within what Fly allows, and never stops an idle relay', () => {
    const { drainMs } = parseRelayConfig({}, env)
    expect(numberAt('kill_timeout')).toBe(300)
    expect(numberAt('kill_timeout')).toBeGreaterThan(drainMs / 1000 + 30)
    expect(text).toContain('kill_signal = "SIGTERM"')
    expect(text).toContain('auto_stop_machines = "off"')
  })

  it('is deployed with files that exist', () => {
    const named = [...text.matchAll(/deploy\/[\w.]+/g)].map(([path]) => path)
    expect(named).toContain('deploy/Dockerfile.dockerignore')
    expect(named.filter((path) => !isInProject(path))).toEqual([])
  })
})
