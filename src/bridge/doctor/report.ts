import { redactFields, redactText } from '../../shared/redact.ts'
import type { CheckResult } from './check-result.ts'

export interface ReportFacts {
  readonly findings: readonly CheckResult[]
  readonly settings: object
  /** The end of the log, oldest first. */
  readonly logLines: readonly string[]
  /** Of the app and what it runs on: `{ app: '1.2.3', node: '24.21.0' }`. */
  readonly versions: Readonly<Record<string, string | undefined>>
  /** System and architecture: `linux x64`. */
  readonly platform: string
  /** This user's: its path is shown as `~`. */
  readonly homeDir: string
  /** When it was made, milliseconds since the epoch. */
  readonly now: number
}

/** Settings whose value names people or their machines. */
const PERSONAL = new Set(['deviceName'])

/** Homes of other users, and of this one in other spellings; separators may be doubled, as in JSON. */
const HOMES = /(?:[a-z]:)?(?:\\{1,2}|\/)(?:Users|home)(?:\\{1,2}|\/)[^\\/:*?"'<>|\r\n]*[^\\/:*?"'<>|\s]/gi
/** Of a terminal, and what would make one line look like two. */
const CONTROLS = /\p{Cc}+/gu

/** A text for a bug report that can be shown to strangers: no secrets, no prompts, no names of people in paths. */
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
  return `${level} ${check}: ${detail}${fix === null ? '' : ` What to do: ${fix}`}`
}

function toSetting([name, value]: [string, unknown]): string {
  return `${name}: ${PERSONAL.has(name) ? '(hidden)' : JSON.stringify(value)}`
}

function toLine(text: string, homeDir: string): string {
  const plain = text.replace(CONTROLS, ' ')
  return redactText(withoutHome(plain, homeDir)).replace(HOMES, '~')
}

function withoutHome(text: string, homeDir: string): string {
  // Not `/`, the home of some services.
  if (homeDir.length < 2) return text
  return text.replaceAll(homeDir, '~').replaceAll(homeDir.replaceAll('\\', '\\\\'), '~')
}
