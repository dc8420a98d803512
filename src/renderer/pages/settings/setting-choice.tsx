import { LANGUAGE_CHOICES, LANGUAGE_NAMES } from '../../../shared/i18n/language.ts'
import { ChoiceField } from '../../parts/field.tsx'
import { useWords, type WindowWords } from '../../words/window-words.ts'
import type { Entered } from './drafts.ts'
import type { SettingsForm } from './form.ts'

type ChoiceName = 'language' | 'theme' | 'trayStyle' | 'updateMode' | 'updateChannel'

const LABELS = {
  language: 'settings.language',
  theme: 'settings.theme',
  trayStyle: 'settings.tray',
  updateMode: 'settings.updateMode',
  updateChannel: 'settings.updateChannel',
} as const

type Choices = { readonly [Name in ChoiceName]: readonly (readonly [Entered[Name], string])[] }

function choicesIn({ t }: WindowWords): Choices {
  return {
    language: LANGUAGE_CHOICES.map((choice) => [
      choice,
      choice === 'system' ? t('choice.system') : LANGUAGE_NAMES[choice],
    ]),
    theme: [
      ['system', t('choice.system')],
      ['light', t('choice.light')],
      ['dark', t('choice.dark')],
    ],
    trayStyle: [
      ['auto', t('choice.tray.auto')],
      ['light', t('choice.tray.light')],
      ['dark', t('choice.tray.dark')],
      ['hidden', t('choice.tray.hidden')],
    ],
    updateMode: [
      ['auto', t('choice.update.auto')],
      ['notify', t('choice.update.notify')],
      ['off', t('choice.update.off')],
    ],
    updateChannel: [
      ['latest', t('choice.channel.latest')],
      ['beta', t('choice.channel.beta')],
    ],
  }
}

interface SettingChoiceProps<Name> {
  readonly form: SettingsForm
  readonly name: Name
}

/** A setting with few values. */
export function SettingChoice<Name extends ChoiceName>({ form, name }: SettingChoiceProps<Name>) {
  const words = useWords()
  const label: (typeof LABELS)[ChoiceName] = LABELS[name]
  return (
    <ChoiceField
      {...form.field(name)}
      label={words.t(label)}
      value={form.values[name]}
      choices={choicesIn(words)[name]}
      onChoose={(value) => form.patch(name, value)}
    />
  )
}
