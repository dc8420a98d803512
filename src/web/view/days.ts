import type { ConversationEntry } from '../chat/chat-view.ts'

export type DayName = 'today' | 'yesterday' | 'lastWeek' | 'earlier'

export interface DayEntries {
  readonly day: DayName
  readonly entries: readonly ConversationEntry[]
}

/** Conversations by the day of their last message, in their order. Days without any are left out. */
export function groupByDay(entries: readonly ConversationEntry[], now = Date.now()): readonly DayEntries[] {
  const groups = new Map<DayName, ConversationEntry[]>()
  for (const entry of entries) {
    const day = dayOf(entry.updatedAt, now)
    const inDay = groups.get(day) ?? []
    inDay.push(entry)
    groups.set(day, inDay)
  }
  return [...groups].map(([day, inDay]) => ({ day, entries: inDay }))
}

function dayOf(time: number, now: number): DayName {
  const start = new Date(now)
  start.setHours(0, 0, 0, 0)
  if (time >= start.getTime()) return 'today'
  start.setDate(start.getDate() - 1)
  if (time >= start.getTime()) return 'yesterday'
  start.setDate(start.getDate() - 6)
  return time >= start.getTime() ? 'lastWeek' : 'earlier'
}
