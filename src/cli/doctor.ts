import type { Command } from 'commander'
import { parseRelayUrl } from '../bridge/dial/relay-address.ts'
import { runDoctor } from '../bridge/doctor/doctor.ts'
import type { CheckResult } from '../bridge/doctor/check-result.ts'
import type { Clock } from '../shared/clock.ts'
import { redactText } from '../shared/redact.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import {
  dataDirOf,
  dataDirOption,
  relayOption,
  run,
  text,
  upstreamOf,
  upstreamOption,
  type CommandFlags,
} from './flags.ts'
import type { Output } from './output.ts'
import { term, wrapped, type TerminalText } from './terminal-text.ts'
import { wordsFor } from '../shared/words.ts'

export interface DoctorCommandOptions {
  /** Overrides the relay this device is paired with. */
  readonly relay?: string | undefined
  readonly dataDir: string
  /** Overrides the setting; as returned by `parseUpstreamUrl`. */
  readonly upstream?: string | undefined
  /** Scripts get `{"check","ok","detail","fix"}` lines. */
  readonly output: Output
  readonly env: NodeJS.ProcessEnv
  readonly clock: Clock
}

const SIGNS = { ok: '✓', warn: '!', fail: '✗' } as const
const INDENT = ' '.repeat(13)

export function defineDoctor(command: Command): void {
  command
    .addOption(relayOption('URL of the relay (default: the one this device is paired with)'))
    .addOption(upstreamOption())
    .addOption(dataDirOption())
    .action((flags: CommandFlags) =>
      run(flags, async (output) => {
        process.exitCode = await doctorCommand({
          relay: text(flags['relay']),
          dataDir: dataDirOf(flags),
          upstream: upstreamOf(flags),
          output,
          env: process.env,
          clock: systemClock,
        })
      }),
    )
}

/**
 * Runs all checks and prints each result as it completes.
 * @returns the exit code: 0 if nothing failed, otherwise 1
 * @throws AppError CONFIG_INVALID for an invalid option
 */
export async function doctorCommand(options: DoctorCommandOptions): Promise<number> {
  const { relay, dataDir, upstream, output, env, clock } = options
  const address = relay === undefined ? undefined : parseRelayUrl(relay, env)
  let problems = 0
  for await (const finding of runDoctor({ dataDir, relay: address, upstreamUrl: upstream, clock, env })) {
    output.json(toFacts(finding))
    for (const line of toLines(finding, output.columns)) output.say(line)
    if (finding.level === 'fail') problems++
  }
  output.say(problems === 0 ? 'No problems found.' : `${problems} problem${problems === 1 ? '' : 's'} found.`)
  return problems === 0 ? 0 : 1
}

function toFacts({ check, level, detail, fix }: CheckResult): object {
  return {
    check,
    ok: level !== 'fail',
    detail: redactText(wordsFor(detail, 'cli')),
    fix: fix && wordsFor(fix, 'cli'),
  }
}

/** A fix, or a command in the detail, stays on one line so that it can be copied. */
function toLines({ check, level, detail, fix }: CheckResult, columns: number): readonly TerminalText[] {
  const [text = '', ...commands] = redactText(wordsFor(detail, 'cli')).split(/ (?=Run: )/)
  const lines = [...wrapped(text, columns - INDENT.length), ...commands].map((line, at) =>
    at === 0 ? term`${SIGNS[level]} ${check.padEnd(11)}${line}` : term`${INDENT}${line}`,
  )
  return fix === null ? lines : [...lines, term`${INDENT}→ ${wordsFor(fix, 'cli')}`]
}
