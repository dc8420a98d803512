import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Answer } from '../../../shared/ipc/contract.ts'
import type { SettingsView } from '../../../shared/ipc/view.ts'
import type { FieldProps } from '../../parts/field.tsx'
import { useShell } from '../../shell.ts'
import { useWords } from '../../words/window-words.ts'
import { enter, recordOutcome, withDrafts, type Drafts, type Entered, type EnteredName } from './drafts.ts'

const SAVED_MS = 2_000

type PatchName = Exclude<EnteredName, 'launchAtLogin'>

/** The settings as the page shows them, and how each is changed. */
export interface SettingsForm {
  readonly values: Entered
  /** The facts a control needs about its setting, besides the value. */
  readonly field: (name: EnteredName, hint?: string) => Required<Omit<FieldProps, 'label'>>
  readonly patch: <Name extends PatchName>(name: Name, value: Entered[Name]) => void
  readonly setLaunchAtLogin: (on: boolean) => void
}

export function useSettingsForm(settings: SettingsView): SettingsForm {
  const { t } = useWords()
  const shell = useShell()
  const [drafts, setDrafts] = useState<Drafts>({})
  const [saved, setSaved] = useState<EnteredName | null>(null)
  const shown = useRef(settings)
  useLayoutEffect(() => {
    shown.current = settings
  })
  function save<Name extends EnteredName>(
    name: Name,
    value: Entered[Name],
    send: () => Promise<Answer<void>>,
  ): void {
    setDrafts((before) => enter(before, name, value))
    shell.run(`save ${name} ${JSON.stringify(value)}`, async () => {
      const answer = await send()
      const error = answer.ok ? null : answer.error.message
      setDrafts((before) => recordOutcome(before, name, value, error, shown.current))
      shell.announce(answer.ok ? t('saved') : '')
      setSaved(answer.ok ? name : null)
      setTimeout(() => setSaved((last) => (last === name ? null : last)), SAVED_MS)
    })
  }
  return {
    values: withDrafts(settings, drafts),
    field: (name, hint) => {
      const isLocked = settings.locked.includes(name)
      return {
        id: name,
        hint: isLocked ? t('settings.managed') : (hint ?? null),
        isSaved: saved === name,
        error: drafts[name]?.error ?? null,
        isDisabled: isLocked,
      }
    },
    patch: (name, value) => save(name, value, () => shell.request('settings.patch', { [name]: value })),
    setLaunchAtLogin: (on) =>
      save('launchAtLogin', on, () => shell.request('settings.setLaunchAtLogin', { on })),
  }
}
