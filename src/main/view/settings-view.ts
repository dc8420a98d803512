import type { SettingsView } from '../../shared/ipc/view.ts'
import { editableOf } from '../../shared/ipc/settings.ts'
import type { AppState } from './app-state.ts'

/** The settings that the window can change. */
export function toSettingsView(state: AppState): SettingsView {
  const { settings, locked, launchAtLogin, hasTray, hasUpstreamKey } = state
  return { values: editableOf(settings), locked, launchAtLogin, hasTray, hasUpstreamKey }
}
