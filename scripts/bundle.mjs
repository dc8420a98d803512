// Bundles the code that runs in a browser: the window's page, its preload script, and the chat page. Argument: the
// output folder.
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { build } from 'vite'
import { root } from './project.mjs'

const out = resolve(process.argv[2])
const common = { configFile: false, logLevel: 'warn' }
/** A slow computer is no reason for a warning. */
const checks = { bundlerTimings: false }
const target = 'chrome140'
/** Phones and computers that got their last update two years ago. */
const WEB_TARGET = ['chrome130', 'firefox132', 'safari18']

await Promise.all([
  build({
    ...common,
    root: join(root, 'src/renderer'),
    // The page is at the root of app://, and of an HTTP server in tests.
    base: './',
    build: {
      outDir: join(out, 'renderer'),
      emptyOutDir: true,
      target,
      modulePreload: false,
      // The texts that the licences of bundled packages ask to keep.
      license: { fileName: 'licenses.md' },
      rolldownOptions: {
        checks,
        output: { entryFileNames: 'assets/[name].js', assetFileNames: 'assets/[name][extname]' },
      },
    },
  }),
  build({
    ...common,
    root: join(root, 'src/web'),
    // The page is at the root of a relay, or below the path of its PUBLIC_URL.
    base: './',
    build: {
      outDir: join(out, 'web'),
      emptyOutDir: true,
      assetsDir: 'chat',
      target: WEB_TARGET,
      modulePreload: { polyfill: false },
      rolldownOptions: { checks },
      license: { fileName: 'licenses.md' },
    },
  }),
  build({
    ...common,
    root: join(root, 'src/preload'),
    build: {
      outDir: join(out, 'preload'),
      emptyOutDir: true,
      target,
      minify: false,
      lib: { entry: 'preload.ts', formats: ['cjs'], fileName: () => 'preload.cjs' },
      rolldownOptions: { checks, external: ['electron', ...builtinModules] },
    },
  }),
])

const web = join(out, 'web')
const icons = {
  'icon.svg': 'icon.svg',
  'icon-256.png': 'icons/256x256.png',
  'icon-512.png': 'icons/512x512.png',
}
for (const [name, source] of Object.entries(icons))
  cpSync(join(root, 'build', source), join(web, 'chat', name))
await buildWorker(filesOf(web))
await Promise.all(
  filesOf(web)
    .filter((name) => /\.(?:css|html|js|svg|webmanifest)$/.test(name))
    .map(compress),
)

/** Files below a folder, with forward slashes. */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()
}

/** The service worker changes with any file, so browsers notice each new version of the page. */
async function buildWorker(names) {
  const shell = names.filter((name) => /\.(?:css|js|svg|webmanifest)$/.test(name))
  const hash = createHash('sha256')
  for (const name of names) hash.update(name).update(readFileSync(join(web, name)))
  const version = hash.digest('hex').slice(0, 16)
  await build({
    ...common,
    root: join(root, 'src/web'),
    publicDir: false,
    define: { SHELL: JSON.stringify({ version, files: shell }) },
    build: {
      outDir: web,
      emptyOutDir: false,
      target: WEB_TARGET,
      rolldownOptions: { checks },
      lib: { entry: 'worker/service-worker.ts', formats: ['es'], fileName: () => 'sw.js' },
    },
  })
}

/** The relay serves whichever of the three the browser takes. */
async function compress(name) {
  const bytes = readFileSync(join(web, name))
  writeFileSync(join(web, `${name}.br`), await promisify(zlib.brotliCompress)(bytes))
  writeFileSync(join(web, `${name}.gz`), await promisify(zlib.gzip)(bytes, { level: 9 }))
}
