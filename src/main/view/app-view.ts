import type { AppView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'
import { toActivityView } from './activity-view.ts'
import { toConnectionView } from './connection-view.ts'
import { toEndpointView } from './endpoint-view.ts'
import { toKeyViews } from './key-view.ts'
import { toProblemViews } from './problem-view.ts'
import { toPullView } from './pull-view.ts'
import { toRelayView } from './relay-view.ts'
import { toRequestViews } from './request-view.ts'
import { toSettingsView } from './settings-view.ts'
import { toSetupView } from './setup-view.ts'
import { toUpdateView } from './update-view.ts'
import { toUpstreamView } from './upstream-view.ts'

/** All data that the window displays. */
export function toAppView(state: AppState): AppView {
  return {
    version: state.version,
    locale: state.locale,
    setup: toSetupView(state),
    connection: toConnectionView(state),
    problems: toProblemViews(state),
    relay: toRelayView(state),
    upstream: toUpstreamView(state),
    pull: toPullView(state),
    activity: toActivityView(state),
    endpoint: toEndpointView(state),
    keys: toKeyViews(state),
    requests: toRequestViews(state),
    settings: toSettingsView(state),
    update: toUpdateView(state),
  }
}
