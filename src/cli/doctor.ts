import { parseRelayUrl } from '../bridge/dial/relay-address.ts'
import { runDoctor } from '../bridge/doctor/doctor.ts'
import type { Finding } from '../bridge/doctor/finding.ts'
import type { Clock } from '../shared/clock.ts'
import { redactText } from '../shared/redact.ts'

export interface DoctorCommandOptions {
  /** Instead of the relay that this device is paired with. */
  readonly relay?: string | undefined
  readonly dataDir: string
  /** Instead of the settings', as `parseUpstreamUrl` gives it. */
  readonly upstream?: string | undefined
  /** One `{"check","ok","detail","fix"}` a line instead of words. */
  readonly json: boolean
  readonly stdout: NodeJS.WritableStream
  readonly env: NodeJS.ProcessEnv
  readonly clock: Clock
}

const SIGNS = { ok: '✓', warn: '!', fail: '✗' } as const
const INDENT = ' '.repeat(13)

/**
 * Checks everything between a client and the model, and says each finding as it is made.
 * @returns the exit code: 0 where nothing failed, else 1
 * @throws AppError CONFIG_INVALID where an option cannot be used
 */
export async function doctorCommand(options: DoctorCommandOptions): Promise<number> {
  const { relay, dataDir, upstream, json, stdout, env, clock } = options
  const address = relay === undefined ? undefined : parseRelayUrl(relay, env)
  let exitCode = 0
  for await (const finding of runDoctor({ dataDir, relay: address, upstreamUrl: upstream, clock, env })) {
    stdout.write(`${json ? toJson(finding) : toText(finding)}\n`)
    if (finding.level === 'fail') exitCode = 1
  }
  return exitCode
}

function toJson({ check, level, detail, fix }: Finding): string {
  return JSON.stringify({ check, ok: level !== 'fail', detail: redactText(detail), fix })
}

function toText({ check, level, detail, fix }: Finding): string {
  const line = `${SIGNS[level]} ${check.padEnd(11)}${redactText(detail)}`
  return fix === null ? line : `${line}\n${INDENT}→ ${fix}`
}
