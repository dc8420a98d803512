// Compiles src/ to dist/ with the pinned compiler and bundler. Plain JavaScript for any Node, because `npm install`
// runs it (as `prepare`) before the project's own Node is on the path.
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { node, root, run } from './project.mjs'

const dist = join(root, 'dist')
mkdirSync(join(root, 'out'), { recursive: true })
// Built in a temporary directory: running programs see a complete dist/, and a failed build leaves it unchanged.
const next = mkdtempSync(join(root, 'out', 'dist-'))
process.on('exit', () => rmSync(next, { recursive: true, force: true }))
run(node, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', next])
run(node, [join(root, 'scripts/bundle.mjs'), next])
chmodSync(next, 0o755)
chmodSync(join(next, 'cli/main.js'), 0o755)
rmSync(dist, { recursive: true, force: true })
renameSync(next, dist)
