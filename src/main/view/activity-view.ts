import type { ActivityView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'

/** The current users and speed, and the use of the last 24 hours. */
export function toActivityView({ activity, hours }: Pick<AppState, 'activity' | 'hours'>): ActivityView {
  const users = new Map<string, ActivityView['users'][number]>()
  for (const { key, model } of activity.active) {
    if (model === null) continue
    const id = JSON.stringify([key, model])
    users.set(id, { key, model, count: (users.get(id)?.count ?? 0) + 1 })
  }
  const speeds = activity.active.flatMap(({ tokensPerS }) => tokensPerS ?? [])
  const tokensPerS = speeds.length === 0 ? null : speeds.reduce((sum, speed) => sum + speed, 0)
  return { tokensPerS, users: [...users.values()], hours }
}
