// npm run bench: measures the tunnel against direct access and ssh -R. Compiled first: type stripping would add to the memory that
// is measured.
import { join } from 'node:path'
import { become, ensureInstalled, root, run } from './project.mjs'

ensureInstalled()
run(process.execPath, [
  join(root, 'node_modules/typescript/bin/tsc'),
  '-p',
  join(root, 'bench/tsconfig.json'),
])
become([join(root, 'out/bench/bench/main.js'), ...process.argv.slice(2)])
