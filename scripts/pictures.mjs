// npm run pictures: draws docs/images from the real pages in Chromium, recording included. The output is committed.
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, node, root, run } from './project.mjs'

ensureInstalled()
ensureBuilt()
run(node, [join(root, 'e2e/support/draw-pictures.ts')], { stdio: 'inherit' })
