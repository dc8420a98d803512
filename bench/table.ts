import type { Spread } from './figures.ts'
import type { Row } from './row.ts'

const HEAD = ['', 'unit', 'direct', 'ours', 'ssh -R', 'ours/direct', 'ours/ssh', 'target', 'reached']

/** A readable Markdown table. In brackets: minimum and maximum of the rounds. */
export function tableOf(rows: readonly Row[], isSshInstalled: boolean): string {
  const cells = rows.map((row) => cellsOf(row, isSshInstalled))
  const widths = HEAD.map((head, at) => Math.max(head.length, ...cells.map((line) => line[at]?.length ?? 0)))
  const lineOf = (line: readonly string[]): string =>
    `| ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [lineOf(HEAD), rule, ...cells.map(lineOf)].join('\n')
}

function cellsOf(row: Row, isSshInstalled: boolean): string[] {
  const missing = isSshInstalled ? '' : 'not installed'
  return [
    row.what,
    row.unit,
    spreadText(row.direct),
    spreadText(row.ours),
    row.ssh === undefined ? missing : spreadText(row.ssh),
    ratioText(row.oursToDirect),
    ratioText(row.oursToSsh),
    row.target,
    row.reached === undefined ? '?' : row.reached ? 'yes' : 'NO',
  ]
}

function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) return ''
  const { median, min, max } = spread
  return min === max ? text(median) : `${text(median)} (${text(min)}-${text(max)})`
}

function ratioText(ratio: number | undefined): string {
  return ratio === undefined ? '' : `${ratio.toFixed(2)}x`
}

function text(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0)
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
