import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { freePort } from '../support/free-port.ts'
import { importGraphOf, loadPackages, packApp, type PackedApp, runAsUtility } from '../support/packed-app.ts'
import { ROOT } from '../support/program.ts'

const run = promisify(execFile)
const isLinux = process.platform === 'linux'
const MIB = 1024 * 1024

/** Loaded with REDIS_URL only, which the built-in relay never has. */
const NOT_PACKED = ['ioredis', 'rate-limiter-flexible']

/** Allowed locations of our files in the archive, and files that must never be in it. */
const OURS =
  /^\/(?:package\.json$|build\/(?:generated\/tray|icons)\/|dist\/(?:bridge|built-in-relay|front|main|preload|relay|renderer|shared|tunnel|web)\/)/
const FOREIGN = /(?<!\/licenses)\.md$|\.(?:map|[cm]?ts)$|^\/(?!node_modules\/).*\b(?:test|fake|simulated)\b/

const packageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string
  readonly repository: { readonly url: string }
}

/** The files that a page names. */
function linkedIn(html: string): string[] {
  return [...html.matchAll(/\b(?:src|href)="(?!data:)([^"]+)"/g)].map(([, path = '']) => path)
}

describe.skipIf(!isLinux)(`the package${isLinux ? '' : ' (not tried here: it is built on Linux)'}`, () => {
  let out = ''
  let app: PackedApp

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'ctl-package-'))
    app = await packApp(out)
  })

  afterAll(() => rm(out, { recursive: true, force: true }))

  const resource = (name: string): string => readFileSync(join(app.folder, 'resources', name), 'utf8')

  describe('for Debian', () => {
    it('has a description, its dependencies, and recommendations for a tray and a keychain', async () => {
      const { stdout } = await run('dpkg-deb', ['-f', app.deb])
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(stdout)?.[1] ?? ''
      expect(field('Package')).toBe('cloudtolocalllm')
      expect(field('Version')).toBe(packageJson.version.replace('-', '~'))
      expect(field('Architecture')).toBe('amd64')
      expect(field('Section')).toBe('utils')
      expect(field('Maintainer')).toMatch(/^.+ <.+@.+>$/)
      expect(field('Homepage')).toMatch(/^https:/)
      expect(field('Depends')).toContain('libsecret-1-0')
      expect(field('Depends')).toContain('libgtk-3-0t64 | libgtk-3-0')
      expect(field('Recommends')).toContain('gnome-shell-extension-appindicator |')
      expect(field('Recommends')).toContain('gnome-keyring |')
    })

    it('has a valid menu entry that also opens cloudtolocalllm: links', async () => {
      const script = 'dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/share/applications/cloudtolocalllm.desktop'
      const { stdout: entry } = await run('sh', ['-c', script, 'sh', app.deb])
      const copy = join(out, 'cloudtolocalllm.desktop')
      await writeFile(copy, entry)
      expect(await run('desktop-file-validate', [copy])).toEqual({ stdout: '', stderr: '' })
      expect(entry).toMatch(/^Exec=\/opt\/CloudToLocalLLM\/cloudtolocalllm %U$/m)
      expect(entry).toMatch(/^MimeType=x-scheme-handler\/cloudtolocalllm;$/m)
      expect(entry).toMatch(/^Icon=cloudtolocalllm$/m)
      expect(entry).toMatch(/^StartupWMClass=cloudtolocalllm$/m)
    })

    it('has its icon in every size that desktops look for', async () => {
      const { stdout } = await run('dpkg-deb', ['-c', app.deb])
      const sizes = [...stdout.matchAll(/hicolor\/(\d+)x\1\/apps\/cloudtolocalllm\.png/g)].map(([, size]) =>
        Number(size),
      )
      expect(sizes).toEqual(expect.arrayContaining([16, 24, 32, 48, 64, 128, 256, 512]))
    })

    it('brings an AppArmor profile, and a setuid sandbox only where there are no user namespaces', async () => {
      const control = join(out, 'control')
      await run('dpkg-deb', ['-e', app.deb, control])
      const script = readFileSync(join(control, 'postinst'), 'utf8')
      expect(script).toMatch(/if ! \{.*unshare --user true; \}; then[^]*?chmod 4755[^]*?else[^]*?chmod 0755/)
      expect(resource('apparmor-profile')).toMatch(/profile "cloudtolocalllm" [^]*userns,/)
    })
  })

  describe('contains', () => {
    it('only the app and its relay: no command line, tests, sources or source maps', () => {
      const foreign = app.files.filter(
        (path) => FOREIGN.test(path) || !(OURS.test(path) || path.startsWith('/node_modules/')),
      )
      expect(foreign).toEqual([])
      expect(NOT_PACKED.filter((name) => existsSync(join(app.unpacked, 'node_modules', name)))).toEqual([])
    })

    it.each([
      ['dist/main/main.js', 'dist/bridge/bridge.js', 'electron-updater'],
      ['dist/built-in-relay/main.js', 'dist/relay/relay.js', 'prom-client'],
    ])('every module that %s imports, and loadable packages', async (entry, module, name) => {
      const { modules, packages, missing } = importGraphOf(join(app.unpacked, entry))
      expect(missing).toEqual([])
      expect(modules).toContain(join(app.unpacked, module))
      expect(packages).toContain(name)
      const packed = [...packages].filter((each) => !NOT_PACKED.includes(each))
      expect(await loadPackages(app.unpacked, packed)).toBe('')
    })

    it('a relay that runs, and serves all files of the chat page', async () => {
      const relay = runAsUtility(join(app.unpacked, 'dist/built-in-relay/main.js'))
      onTestFinished(() => void relay.kill('SIGKILL'))
      const port = await freePort()
      const publicUrl = `http://127.0.0.1:${port}`
      const settings = { dataDir: join(out, 'relay'), host: '127.0.0.1', port, publicUrl }
      relay.send({ kind: 'start', settings })
      const [event] = (await Promise.race([once(relay, 'message'), once(relay, 'exit')])) as unknown[]
      expect(event).toEqual({ kind: 'listening', pairingCode: expect.any(String) })
      const answer = await fetch(publicUrl, { headers: { accept: 'text/html' } })
      const names = linkedIn(await answer.text())
      expect(names.length).toBeGreaterThan(2)
      for (const name of names)
        expect([name, (await fetch(`${publicUrl}/${name}`)).status]).toEqual([name, 200])
      relay.send({ kind: 'stop' })
      expect(await once(relay, 'exit')).toEqual([0, null])
    })

    it('the licences of the packages in its pages', () => {
      const licences = app.files.filter((path) => path.endsWith('/licenses.md'))
      expect(licences).toEqual(['/dist/renderer/licenses.md', '/dist/web/licenses.md'])
    })

    it('a preload script that needs only electron, and a page with all its files', () => {
      const preload = readFileSync(join(app.unpacked, 'dist/preload/preload.cjs'), 'utf8')
      const required = [...preload.matchAll(/\brequire\(["'`]([^"'`]+)["'`]\)/g)].map(([, name]) => name)
      expect(new Set(required)).toEqual(new Set(['electron']))
      const renderer = join(app.unpacked, 'dist/renderer')
      const page = readFileSync(join(renderer, 'index.html'), 'utf8')
      const linked = linkedIn(page)
      expect(linked.length).toBeGreaterThan(0)
      expect(linked.filter((path) => !existsSync(join(renderer, path)))).toEqual([])
    })

    it('the tray icons, and the keychain module of this system only, outside the archive', () => {
      const trayIcons = app.files.filter((path) => path.startsWith('/build/generated/tray/'))
      expect(trayIcons).toContain('/build/generated/tray/online-light.png')
      const native = `node_modules/keytar/prebuilds/linux-x64/keytar.node`
      expect(app.files.filter((path) => path.endsWith('.node'))).toEqual([`/${native}`])
      expect(statSync(join(app.folder, 'resources/app.asar.unpacked', native)).size).toBeGreaterThan(10_000)
    })

    it('less than eight megabytes besides Electron', () => {
      expect(statSync(join(app.folder, 'resources/app.asar')).size).toBeLessThan(8 * MIB)
    })
  })

  it('has fuses set so that others cannot run code as the app', async () => {
    const wire = await getCurrentFuseWire(join(app.folder, 'cloudtolocalllm'))
    const on = Object.values(FuseV1Options).filter(
      (fuse) => typeof fuse === 'number' && wire[fuse] === FuseState.ENABLE,
    )
    expect(on).toEqual([
      FuseV1Options.EnableCookieEncryption,
      FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
      FuseV1Options.OnlyLoadAppFromAsar,
      FuseV1Options.WasmTrapHandlers,
    ])
  })

  it('contains the source of its updates and its package type', () => {
    const { provider, owner, repo } = parseYaml(resource('app-update.yml')) as Record<string, string>
    expect(provider).toBe('github')
    expect(packageJson.repository.url).toBe(`git+https://github.com/${owner}/${repo}.git`)
    expect(resource('package-type')).toBe('deb')
  })
})
