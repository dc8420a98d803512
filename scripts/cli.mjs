// ./cloudtolocalllm: installs what is missing, builds if needed, and runs the command line under the project's Node.
import { join } from 'node:path'
import { become, ensureBuilt, ensureInstalled, root } from './project.mjs'

ensureInstalled()
ensureBuilt()
await become([join(root, 'dist', 'cli', 'main.js'), ...process.argv.slice(2)], process.cwd())
