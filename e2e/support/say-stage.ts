import { STAGE } from './desktop-app.ts'

/** Says once in each run what the specs of the desktop app run on. */
export function setup(): void {
  process.stdout.write(`${STAGE}\n`)
}
