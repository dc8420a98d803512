import { execFile, fork, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { extractAll, listPackage, statFile } from '@electron/asar'
import { parse } from 'es-module-lexer'
import { makeElectronDist } from './fake-electron-dist.ts'
import { ROOT } from './program.ts'

const run = promisify(execFile)

/** The app as installed by a user, except that a stand-in replaces Electron. */
export interface PackedApp {
  /** The Debian package. */
  readonly deb: string
  /** The folder it installs under /opt. */
  readonly folder: string
  /** The archive's files, as paths with a leading slash. */
  readonly files: readonly string[]
  /** The archive, unpacked, native modules included. */
  readonly unpacked: string
}

/** Builds the Debian package as `npm run package` does, from dist/, into a folder. */
export async function packApp(out: string): Promise<PackedApp> {
  const electron = join(out, 'electron')
  makeElectronDist(electron)
  const builder = join(ROOT, 'node_modules/electron-builder/cli.js')
  const args = ['--linux', 'deb', '--x64', '--publish', 'never', `-c.electronDist=${electron}`]
  await run(process.execPath, [builder, ...args, `-c.directories.output=${out}`], {
    cwd: ROOT,
    env: { ...process.env, CUSTOM_FPM_PATH: join(ROOT, 'e2e/support/fpm-stand-in.mjs') },
  }).catch(({ stdout, stderr }: { stdout: string; stderr: string }) => {
    // Its output explains the failure.
    throw new Error(`electron-builder failed:\n${stdout}${stderr}`)
  })
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  const archive = join(out, 'linux-unpacked/resources/app.asar')
  const unpacked = join(out, 'app')
  extractAll(archive, unpacked)
  return {
    deb: join(out, `CloudToLocalLLM-${version}-linux-amd64.deb`),
    folder: join(out, 'linux-unpacked'),
    files: listPackage(archive, { isPack: false }).filter(
      (path) => 'size' in statFile(archive, path.slice(1)),
    ),
    unpacked,
  }
}

/** The imports of our modules, starting from one: existing modules, packages, and missing ones. */
export interface ImportGraph {
  readonly modules: ReadonlySet<string>
  readonly packages: ReadonlySet<string>
  readonly missing: readonly string[]
}

export function importGraphOf(entry: string): ImportGraph {
  const modules = new Set<string>()
  const packages = new Set<string>()
  const missing: string[] = []
  const visit = (path: string): void => {
    if (modules.has(path)) return
    if (!existsSync(path)) return void missing.push(path)
    modules.add(path)
    for (const specifier of importsOf(path)) {
      if (specifier.startsWith('.')) visit(join(dirname(path), specifier))
      else if (!specifier.startsWith('node:')) packages.add(specifier)
    }
  }
  visit(entry)
  return { modules, packages, missing }
}

function importsOf(path: string): string[] {
  if (!/\.m?js$/.test(path)) return []
  const [imports] = parse(readFileSync(path, 'utf8'), path)
  return imports.flatMap((found) =>
    found.type === 'import-meta' || found.specifier === undefined ? [] : [found.specifier],
  )
}

/** Loads packages from an unpacked app, like its own modules, and returns the errors. */
export async function loadPackages(app: string, names: readonly string[]): Promise<string> {
  // electron-updater requires it while it loads; only Electron provides it.
  mkdirSync(join(app, 'node_modules/electron'), { recursive: true })
  writeFileSync(join(app, 'node_modules/electron/index.js'), 'module.exports = { app: {} }')
  const script = join(app, 'load.mjs')
  writeFileSync(script, names.map((name) => `import ${JSON.stringify(name)}\n`).join(''))
  const { stderr } = await run(process.execPath, [script]).catch(
    (cause: unknown) => cause as { stderr: string },
  )
  return stderr
}

/** Runs a module of an unpacked app as Electron runs a utility process, with this Node. */
export function runAsUtility(module: string): ChildProcess {
  const parentPort = pathToFileURL(join(ROOT, 'e2e/support/electron-stand-in/parent-port.ts')).href
  return fork(module, { execArgv: ['--import', parentPort], serialization: 'advanced' })
}
