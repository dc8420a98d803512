import { redactFields, redactText } from '../../shared/redact.ts'
import { wordsFor } from '../../shared/words.ts'
import type { CheckResult } from './check-result.ts'

export interface ReportFacts {
  readonly findings: readonly CheckResult[]
  readonly settings: object
  /** The last log lines, oldest first. */
  readonly logLines: readonly string[]
  /** Versions of the app and its runtime: `{ app: '1.2.3', node: '24.21.0' }`. */
  readonly versions: Readonly<Record<string, string | undefined>>
  /** Operating system and architecture: `linux x64`. */
  readonly platform: string
  /** This user's home directory, shown as `~`. */
  readonly homeDir: string
  /** Creation time, milliseconds since the epoch. */
  readonly now: number
}

/** Settings whose values identify people or their machines. */
const PERSONAL = new Set(['deviceName'])

/** Home directories of other users, and other spellings of this user's; separators may be doubled, as in JSON. */
const HOMES = /(?:[a-z]:)?(?:\\{1,2}|\/)(?:Users|home)(?:\\{1,2}|\/)[^\\/:*?"'<>|\r\n]*[^\\/:*?"'<>|\s]/gi
/** Terminal controls and line breaks. */
const CONTROLS = /\p{Cc}+/gu

/** A bug report that is safe to publish: no secrets, prompts, or names of people in paths. */
export function createReport(facts: ReportFacts): string {
  const { findings, settings, logLines, versions, platform, now } = facts
  const clean = (text: string): string => toLine(text, facts.homeDir)
  const section = (title: string, lines: readonly string[]) => [
    '',
    `## ${title}`,
    ...(lines.length === 0 ? ['  (nothing)'] : lines.map((line) => `  ${clean(line)}`)),
  ]
  return [
    'CloudToLocalLLM report',
    `Made ${new Date(now).toISOString()} on ${clean(platform)}. Read it before you share it.`,
    ...section(
      'Versions',
      Object.entries(versions).flatMap(([name, version]) =>
        version === undefined ? [] : [`${name} ${version}`],
      ),
    ),
    ...section('Checks', findings.map(toWords)),
    ...section('Settings', Object.entries(redactFields(settings)).map(toSetting)),
    ...section('Log', logLines),
    '',
  ].join('\n')
}

function toWords({ level, check, detail, fix }: CheckResult): string {
  const advice = fix === null ? '' : ` Fix: ${wordsFor(fix, 'cli')}`
  return `${level} ${check}: ${wordsFor(detail, 'cli')}${advice}`
}

function toSetting([name, value]: [string, unknown]): string {
  return `${name}: ${PERSONAL.has(name) ? '(hidden)' : JSON.stringify(value)}`
}

function toLine(text: string, homeDir: string): string {
  const plain = text.replace(CONTROLS, ' ')
  return redactText(withoutHome(plain, homeDir)).replace(HOMES, '~')
}

function withoutHome(text: string, homeDir: string): string {
  // Some services have `/` as their home.
  if (homeDir.length < 2) return text
  return text.replaceAll(homeDir, '~').replaceAll(homeDir.replaceAll('\\', '\\\\'), '~')
}
