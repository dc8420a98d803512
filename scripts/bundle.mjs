// Bundles the code that runs in a browser: the window's page, its preload script, and the chat page. Argument: the
// output folder.
import { builtinModules } from 'node:module'
import { join, resolve } from 'node:path'
import { build } from 'vite'
import { root } from './project.mjs'

const out = resolve(process.argv[2])
const common = { configFile: false, logLevel: 'warn' }
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
      rolldownOptions: { external: ['electron', ...builtinModules] },
    },
  }),
])
