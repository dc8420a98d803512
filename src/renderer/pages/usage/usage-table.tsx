import type { UsageTotals } from '../../../shared/usage.ts'
import { Figure } from '../../parts/figure.tsx'
import { useWords } from '../../words/window-words.ts'
import { figureText } from './day-chart.tsx'

const COLUMNS = ['requests', 'failed', 'tokens', 'time'] as const

interface UsageTableProps {
  /** The first column. */
  readonly subject: 'day' | 'model' | 'key'
  readonly rows: readonly UsageTotals[]
  readonly nameOf: (totals: UsageTotals) => string
}

/** Totals of days, models or keys. States the roles, because the narrow layout takes them from the elements. */
export function UsageTable({ subject, rows, nameOf }: UsageTableProps) {
  const { t } = useWords()
  const top = Math.max(...rows.map(({ requests }) => requests))
  return (
    <table class="table usage" role="table">
      <thead role="rowgroup">
        <tr role="row">
          {[subject, ...COLUMNS].map((column) => (
            <th key={column} role="columnheader" scope="col">
              {t(`usage.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((totals) => (
          <UsageRow
            key={totals.name}
            name={nameOf(totals)}
            totals={totals}
            share={subject === 'day' ? null : totals.requests / top}
          />
        ))}
      </tbody>
    </table>
  )
}

interface UsageRowProps {
  readonly name: string
  readonly totals: UsageTotals
  /** Length of the bar, 0 to 1; `null` = no bar. */
  readonly share: number | null
}

function UsageRow({ name, totals, share }: UsageRowProps) {
  const words = useWords()
  const { t } = words
  return (
    <tr class="record" role="row">
      <td class="record-name" role="cell">
        <bdi>{name}</bdi>
        {share !== null && (
          <svg class="share" aria-hidden>
            <rect class="bar" width={`${100 * share}%`} height="100%" rx="2" />
          </svg>
        )}
      </td>
      <Figure name={t('usage.requests')} text={words.number(totals.requests)} />
      <Figure name={t('usage.failed')} text={words.number(totals.errors)} />
      <Figure name={t('usage.tokens')} text={words.number(totals.tokens)} />
      <Figure name={t('usage.time')} text={figureText(words, totals, 'time')} />
    </tr>
  )
}
