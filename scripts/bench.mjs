// npm run bench: benchmarks the tunnel against direct access and ssh -R; npm run bench:load: the capacity of one relay.
// Compiled first, since type stripping would add to the measured memory.
import { join } from 'node:path'
import { become, ensureInstalled, root, run } from './project.mjs'

ensureInstalled()
run(process.execPath, [
  join(root, 'node_modules/typescript/bin/tsc'),
  '-p',
  join(root, 'bench/tsconfig.json'),
])
const [first, ...rest] = process.argv.slice(2)
const isLoad = first === 'load'
const args = isLoad ? rest : process.argv.slice(2)
await become([join(root, 'out/bench/bench', isLoad ? 'load.js' : 'main.js'), ...args])
