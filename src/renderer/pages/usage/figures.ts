import type { UsageTotals } from '../../../shared/usage.ts'

/** The numbers that have a chart: one bar a day. */
export const FIGURES = ['requests', 'tokens', 'time'] as const
export type FigureName = (typeof FIGURES)[number]

/** `null`: nothing was measured on that day. */
export function valueOf({ requests, tokens, medianMs }: UsageTotals, figure: FigureName): number | null {
  switch (figure) {
    case 'requests':
      return requests
    case 'tokens':
      return tokens
    case 'time':
      return medianMs
  }
}

/** The latest of the days with the highest value; `null` if all are empty. */
export function highestOf(days: readonly UsageTotals[], figure: FigureName): UsageTotals | null {
  let highest: UsageTotals | null = null
  for (const day of days)
    if ((valueOf(day, figure) ?? 0) > 0 && !isHigher(highest, day, figure)) highest = day
  return highest
}

function isHigher(one: UsageTotals | null, other: UsageTotals, figure: FigureName): boolean {
  return one !== null && (valueOf(one, figure) ?? 0) > (valueOf(other, figure) ?? 0)
}

export function sumOf(days: readonly UsageTotals[], count: 'requests' | 'errors' | 'tokens'): number {
  return days.reduce((sum, day) => sum + day[count], 0)
}

/** Noon of a local day such as `2026-11-29`, milliseconds since the epoch. */
export function timeOfDay(day: string): number {
  return new Date(`${day}T12:00:00`).getTime()
}
