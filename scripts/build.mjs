// Compiles src/ to dist/ with the pinned compiler. Plain JavaScript for any Node, because `npm install` runs it
// (as `prepare`) before the project's own Node is on the path.
import { chmodSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from './project.mjs'

const dist = join(root, 'dist')
// Aside first: what runs from dist/ meanwhile finds it whole, and a build that fails leaves it as it was.
const next = join(root, 'out', 'dist')
rmSync(next, { recursive: true, force: true })
const tsc = join(root, 'node_modules/typescript/bin/tsc')
run(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', next])
chmodSync(join(next, 'cli/main.js'), 0o755)
rmSync(dist, { recursive: true, force: true })
renameSync(next, dist)
