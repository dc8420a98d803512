// Runs an app as Electron does: electron [-r module]… <folder or file> [arguments]
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const electron = new URL('electron.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: electron, shortCircuit: true } : next(specifier, context),
})

const args = process.argv.slice(2)
const [modules, target] = readCommand(args)
const folder = statSync(target).isDirectory() ? target : dirname(target)
const about = readPackage(folder)
Object.assign(process, {
  // The script that started this, as for Electron its binary.
  execPath: join(here, 'electron'),
  argv: [join(here, 'electron'), ...args],
  type: 'browser',
  defaultApp: true,
  resourcesPath: process.env['ELECTRON_STAND_IN_RESOURCES'] ?? join(here, 'resources'),
})
const { version } = createRequire(import.meta.url)('electron/package.json')
Object.defineProperty(process, 'versions', { value: { ...process.versions, electron: version } })

const { begin } = await import('./app.ts')
// Electron names a bare file after itself.
const app = begin({
  path: folder,
  name: about.productName ?? about.name ?? 'Electron',
  version: about.version ?? version,
})
for (const module of modules) createRequire(import.meta.url)(resolve(module))
await import(pathToFileURL(target === folder ? join(folder, about.main ?? 'index.js') : target).href)
app.codeIsLoaded()

function readCommand(words) {
  const rest = [...words]
  const found = []
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '-r' || word === '--require') found.push(rest.shift())
    else if (!word.startsWith('-')) return [found, resolve(word)]
  }
  throw new Error('the stand-in for Electron needs an app to run')
}

function readPackage(path) {
  const file = join(path, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}
