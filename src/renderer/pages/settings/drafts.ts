import type { EditableSettings } from '../../../shared/ipc/settings.ts'
import type { SettingsView } from '../../../shared/ipc/view.ts'

export type Entered = EditableSettings & { readonly launchAtLogin: boolean | null }
export type EnteredName = keyof Entered

type Draft<Value> = { readonly value: Value } & (
  | { readonly kind: 'sent'; readonly error: string | null }
  | { readonly kind: 'refused'; readonly error: string }
  /** `shown`: the snapshot of that moment, which does not have the value yet. */
  | { readonly kind: 'saved'; readonly error: null; readonly shown: SettingsView }
)

/** Values that were entered, by setting. */
export type Drafts = { readonly [Name in EnteredName]?: Draft<Entered[Name]> }

/** The drafts after a value was entered. The last error stays until the value is validated. */
export function enter<Name extends EnteredName>(drafts: Drafts, name: Name, value: Entered[Name]): Drafts {
  return { ...drafts, [name]: { kind: 'sent', value, error: drafts[name]?.error ?? null } }
}

/**
 * The drafts after a value was validated. A newer value of the same setting waits for its own answer.
 * @param error `null` = saved
 * @param shown the newest snapshot
 */
export function recordOutcome<Name extends EnteredName>(
  drafts: Drafts,
  name: Name,
  value: Entered[Name],
  error: string | null,
  shown: SettingsView,
): Drafts {
  if (drafts[name]?.value !== value) return drafts
  const draft = error === null ? { kind: 'saved', value, error, shown } : { kind: 'refused', value, error }
  return { ...drafts, [name]: draft }
}

/** The values as the page shows them: drafts take precedence over the snapshot. */
export function withDrafts(settings: SettingsView, drafts: Drafts): Entered {
  const shown = Object.entries(drafts).filter(([, draft]) => isShown(draft, settings))
  return {
    ...settings.values,
    launchAtLogin: settings.launchAtLogin,
    ...Object.fromEntries(shown.map(([name, { value }]) => [name, value])),
  }
}

function isShown(draft: Draft<unknown>, settings: SettingsView): boolean {
  switch (draft.kind) {
    case 'sent':
      return true
    case 'refused':
      // Text can be corrected. A switch shows the state that holds.
      return typeof draft.value !== 'boolean' && !Array.isArray(draft.value)
    case 'saved':
      return draft.shown === settings
  }
}
