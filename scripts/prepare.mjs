// npm runs this after an install, and npx before each program of a checkout it does not know yet.
import { ensureBuilt } from './project.mjs'

ensureBuilt()
