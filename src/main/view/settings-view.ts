import type { SettingsView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'

/** The settings that the window can change. */
export function toSettingsView({ settings, locked, launchAtLogin, hasTray }: AppState): SettingsView {
  return {
    values: {
      deviceName: settings.deviceName,
      upstream: settings.upstream,
      ownerScopes: settings.ownerScopes,
      maxConcurrent: settings.maxConcurrent,
      startMinimized: settings.startMinimized,
      trayStyle: settings.trayStyle,
      updateMode: settings.updateMode,
      updateChannel: settings.updateChannel,
      allowPrivilegedUpdates: settings.allowPrivilegedUpdates,
      theme: settings.theme,
    },
    locked,
    launchAtLogin,
    hasTray,
  }
}
