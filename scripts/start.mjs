// npm start: installs what is missing, builds if needed, and runs everything on this machine.
import { join } from 'node:path'
import { become, ensureBuilt, ensureInstalled, root } from './project.mjs'

ensureInstalled()
ensureBuilt()
become([join(root, 'dist', 'cli', 'main.js'), 'start', ...process.argv.slice(2)])
