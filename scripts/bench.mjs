// npm run bench: benchmarks the tunnel against direct access and ssh -R; npm run bench:load: the capacity of one relay.
// Compiled first, since type stripping would add to the measured memory; so is another checkout, with `--against <folder>`.
import { join } from 'node:path'
import { become, ensureInstalled, root, run } from './project.mjs'

ensureInstalled()
const args = process.argv.slice(2)
const at = args.indexOf('--against') + 1
for (const checkout of at > 0 ? [root, args[at]] : [root])
  run(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    join(checkout, 'bench/tsconfig.json'),
  ])
const isLoad = args[0] === 'load'
await become([
  join(root, 'out/bench/bench', isLoad ? 'load.js' : 'main.js'),
  ...(isLoad ? args.slice(1) : args),
])
