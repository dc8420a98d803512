import type { Spread } from './figures.ts'
import type { Row } from './row.ts'

/** A readable Markdown table with a column for each route that was measured. In brackets: minimum and maximum of the rounds. */
export function tableOf(rows: readonly Row[]): string {
  const isMeasured = ({ name }: (typeof ROUTES)[number]): boolean =>
    name === 'ours' || rows.some(({ others }) => name in others)
  const routes = ROUTES.filter(isMeasured)
  const rivals = routes.flatMap(({ name, title }) => (name === 'ours' ? [] : [{ name, title }]))
  const head = [
    '',
    'unit',
    ...routes.map(({ title }) => title),
    ...rivals.map(({ title }) => `ours/${title}`),
    'target',
    'reached',
  ]
  const cells = rows.map((row) => [
    row.what,
    row.unit,
    ...routes.map(({ name }) => spreadText(name === 'ours' ? row.ours : row.others[name])),
    ...rivals.map(({ name }) => ratioText(row.ratios[name])),
    row.target,
    row.reached === undefined ? '' : row.reached ? 'yes' : 'NO',
  ])
  const widths = head.map((title, at) =>
    Math.max(title.length, ...cells.map((line) => line[at]?.length ?? 0)),
  )
  const lineOf = (line: readonly string[]): string =>
    `| ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [lineOf(head), rule, ...cells.map(lineOf)].join('\n')
}

const ROUTES = [
  { name: 'direct', title: 'direct' },
  { name: 'ours', title: 'ours' },
  { name: 'ssh', title: 'ssh -R' },
  { name: 'chisel', title: 'chisel' },
  { name: 'floor', title: 'floor' },
  { name: 'before', title: 'before' },
] as const

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
