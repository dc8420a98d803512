import type { Command } from 'commander'
import { z } from 'zod'
import { withDataDir } from '../bridge/data-dir/owner-lock.ts'
import type { ControlRequest } from '../bridge/data-dir/control.ts'
import { openUsageHistory } from '../bridge/profile/profile.ts'
import { usageHandlers, UsageReport } from '../bridge/usage/usage-commands.ts'
import { MAX_DAYS } from '../bridge/usage/usage-history.ts'
import { AppError } from '../shared/errors.ts'
import { dataDirOf, dataDirOption, runOffline, text, type CommandFlags } from './flags.ts'
import { noticesOn } from './open-profile.ts'
import type { Output } from './output.ts'
import { sayTable } from './table.ts'

type Totals = z.infer<typeof UsageReport>['days'][number]

const DEFAULT_DAYS = 30

export function defineUsage(usage: Command): void {
  usage
    .command('show')
    .description('print requests, tokens and median durations by day, model and key')
    .option('--days <n>', 'number of days up to today (default: 30)')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) =>
      runOffline(flags, (output) => showUsage(dataDirOf(flags), text(flags['days']), output)),
    )
  usage
    .command('export')
    .description('print all statistics as CSV')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) => runOffline(flags, (output) => exportUsage(dataDirOf(flags), output)))
  usage
    .command('clear')
    .description('delete all statistics')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) => runOffline(flags, (output) => clearUsage(dataDirOf(flags), output)))
}

/** Prints requests, tokens and median durations by day, model and key. @throws AppError */
async function showUsage(dataDir: string, days: string | undefined, output: Output): Promise<void> {
  const asked = { op: 'usage.get', days: toDays(days) }
  const { days: all, models, keys } = UsageReport.parse(await ask(dataDir, asked, output))
  const used = all.filter(({ requests }) => requests > 0)
  const tables = Object.entries({ day: used, model: models, key: keys }).filter(
    ([, { length }]) => length > 0,
  )
  for (const [at, [by, totals]] of tables.entries()) {
    for (const { name, ...figures } of totals) output.json({ [by]: name, ...figures })
    if (at > 0) output.say('')
    print(by, totals, output)
  }
  if (used.length === 0) output.say('No usage statistics yet. Only requests to models count.')
}

/** Prints the history as CSV. @throws AppError */
async function exportUsage(dataDir: string, output: Output): Promise<void> {
  const csv = z.string().parse(await ask(dataDir, { op: 'usage.csv' }, output))
  output.json({ csv })
  for (const line of csv.split('\r\n').slice(0, -1)) output.say(line)
}

/** Deletes the history. @throws AppError */
async function clearUsage(dataDir: string, output: Output): Promise<void> {
  await ask(dataDir, { op: 'usage.clear' }, output)
  output.json({ event: 'usageCleared' })
  output.say('Usage statistics deleted.')
}

/** The last day of each key's use, by name. Empty if it is not recorded. */
export async function lastUsedByKey(dataDir: string, output: Output): Promise<ReadonlyMap<string, string>> {
  const answer = await ask(dataDir, { op: 'usage.lastUsed' }, output).catch(() => ({}))
  return new Map(Object.entries(z.record(z.string(), z.string()).parse(answer)))
}

function toDays(given: string | undefined): number {
  const days = Number(given ?? DEFAULT_DAYS)
  if (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return days
  throw new AppError('CONFIG_INVALID', `--days must be a whole number from 1 to ${MAX_DAYS}`)
}

function print(by: string, totals: readonly Totals[], output: Output): void {
  const rows = totals.map(({ name, requests, errors, tokens, medianMs }) => {
    const median = medianMs === null ? '–' : `${(medianMs / 1000).toFixed(1)} s`
    return [name || '(unknown)', String(requests), String(errors), String(tokens), median]
  })
  sayTable([`By ${by}`, 'Requests', 'Failed', 'Tokens', 'Median time'], rows, output, { isNumeric: true })
}

function ask(dataDir: string, request: ControlRequest, output: Output): Promise<unknown> {
  return withDataDir(dataDir, request, async (onClose) => {
    const usage = await openUsageHistory(dataDir, noticesOn(output))
    onClose(() => usage.close())
    return usageHandlers(usage)
  })
}
