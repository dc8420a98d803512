import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { parseRelayConfig } from '../../src/relay/config.ts'
import { ROOT } from './program.ts'

/** The part of a YAML file that a test uses. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Manifest = any

export function deployFile(name: string): string {
  return readFileSync(join(ROOT, 'deploy', name), 'utf8')
}

export function isInProject(path: string): boolean {
  return existsSync(join(ROOT, path))
}

/** Every document of a file. Compose's own tags are ignored; anything else that is invalid throws. */
export function manifestsIn(name: string): Manifest[] {
  return parseAllDocuments(deployFile(name), { merge: true, logLevel: 'error' }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]
    return document.toJS()
  })
}

export function manifestNames(): string[] {
  return readdirSync(join(ROOT, 'deploy/kubernetes'))
}

/** Every variable that a relay reads. */
export function relayVariables(): ReadonlySet<string> {
  const read = new Set(['LOG_LEVEL'])
  const env = new Proxy<Record<string, undefined>>({}, { get: (_, name) => void read.add(String(name)) })
  parseRelayConfig({}, env)
  return read
}

/** `KEY=value` lines; with `commented` also those behind a `#`. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(([, name = '']) => name)
}

/** `11m`, `30s`, `10m30s`. */
export function toSeconds(duration: string): number {
  const [, minutes = '0', seconds = '0'] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration) ?? []
  return 60 * Number(minutes) + Number(seconds)
}
