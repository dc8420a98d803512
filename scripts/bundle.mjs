// Bundles the sandboxed code: the window's page and its preload script. Argument: the output folder.
import { builtinModules } from 'node:module'
import { join, resolve } from 'node:path'
import { build } from 'vite'
import { root } from './project.mjs'

const out = resolve(process.argv[2])
const common = { configFile: false, logLevel: 'warn' }
const target = 'chrome140'

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
