import { ChoiceField } from '../../parts/field.tsx'
import type { Entered } from './drafts.ts'
import type { SettingsForm } from './form.ts'

type ChoiceName = 'theme' | 'trayStyle' | 'updateMode' | 'updateChannel'

const CHOICES: { readonly [Name in ChoiceName]: readonly (readonly [Entered[Name], string])[] } = {
  theme: [
    ['system', 'System'],
    ['light', 'Light'],
    ['dark', 'Dark'],
  ],
  trayStyle: [
    ['auto', 'Automatic'],
    ['light', 'Light, for dark panels'],
    ['dark', 'Dark, for light panels'],
    ['hidden', 'Hidden'],
  ],
  updateMode: [
    ['auto', 'Automatically'],
    ['notify', 'After asking me'],
    ['off', 'Only when I check'],
  ],
  updateChannel: [
    ['latest', 'Stable'],
    ['beta', 'Beta'],
  ],
}

interface SettingChoiceProps<Name> {
  readonly form: SettingsForm
  readonly name: Name
  readonly label: string
}

/** A setting with few values. */
export function SettingChoice<Name extends ChoiceName>(props: SettingChoiceProps<Name>) {
  const { form, name, label } = props
  return (
    <ChoiceField
      {...form.field(name)}
      label={label}
      value={form.values[name]}
      choices={CHOICES[name]}
      onChoose={(value) => form.patch(name, value)}
    />
  )
}
