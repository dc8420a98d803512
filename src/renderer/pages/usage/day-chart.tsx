import type { UsageTotals } from '../../../shared/usage.ts'
import { Bars } from '../../parts/bars.tsx'
import { Card } from '../../parts/card.tsx'
import { useWords, type WindowWords } from '../../words/window-words.ts'
import { highestOf, timeOfDay, valueOf, type FigureName } from './figures.ts'

interface DayChartProps {
  /** One for each day, without gaps. */
  readonly days: readonly UsageTotals[]
  readonly figure: FigureName
}

/** One number of each day as bars. A table on the same page has the same numbers. */
export function DayChart({ days, figure }: DayChartProps) {
  const words = useWords()
  const { t } = words
  const highest = highestText(words, days, figure)
  const bars = days.map((day) => ({
    value: valueOf(day, figure),
    failed: figure === 'requests' ? day.errors : 0,
    text: barText(words, day, figure),
  }))
  const [first, last] = [days[0], days.at(-1)]
  return (
    <Card title={t(`usage.${figure}`)}>
      <div class="row spread">
        <p class="muted">{highest}</p>
        {bars.some(({ failed }) => failed > 0) && <p class="legend">{t('usage.failed')}</p>}
      </div>
      <div>
        <Bars kind="chart" bars={bars} label={`${t(`usage.${figure}`)}. ${highest}`} />
        {first !== undefined && last !== undefined && (
          <p class="chart-ends hint" aria-hidden>
            <span>{words.day(timeOfDay(first.name))}</span>
            <span>{words.day(timeOfDay(last.name))}</span>
          </p>
        )}
      </div>
      {figure === 'time' && <p class="hint">{t('usage.time.hint')}</p>}
    </Card>
  )
}

export function figureText(words: WindowWords, totals: UsageTotals, figure: FigureName): string {
  const value = valueOf(totals, figure)
  if (value === null) return '–'
  return figure === 'time' ? words.duration(value) : words.number(value)
}

function highestText(words: WindowWords, days: readonly UsageTotals[], figure: FigureName): string {
  const highest = highestOf(days, figure)
  if (highest === null) return words.t('usage.noValues')
  const date = words.day(timeOfDay(highest.name))
  return words.t('usage.highest', { value: figureText(words, highest, figure), date })
}

function barText(words: WindowWords, day: UsageTotals, figure: FigureName): string {
  const failed =
    figure === 'requests' && day.errors > 0 ? [words.t('usage.failed.count', { count: day.errors })] : []
  return [words.date(timeOfDay(day.name)), figureText(words, day, figure), ...failed].join(' · ')
}
