import { Card } from '../../parts/card.tsx'
import { CheckField, ChoiceField } from '../../parts/field.tsx'
import { useWords } from '../../words/window-words.ts'
import type { SettingsForm } from './form.ts'

const HOURS = Array.from({ length: 24 }, (_hour, i) => String(i))

/** When jobs run. */
export function JobsCard({ form }: { readonly form: SettingsForm }) {
  const { t } = useWords()
  const { values, field, patch } = form
  return (
    <Card title={t('settings.jobs')}>
      <CheckField
        {...field('jobsPaused', t('settings.jobs.pausedHint'))}
        kind="switch"
        label={t('settings.jobs.paused')}
        isOn={values.jobsPaused}
        onSet={(on) => patch('jobsPaused', on)}
      />
      <CheckField
        {...field('jobsOnBattery')}
        kind="switch"
        label={t('settings.jobs.battery')}
        isOn={values.jobsOnBattery}
        onSet={(on) => patch('jobsOnBattery', on)}
      />
      <CheckField
        {...field('jobsOnlyAtNight')}
        kind="switch"
        label={t('settings.jobs.night')}
        isOn={values.jobsOnlyAtNight}
        onSet={(on) => patch('jobsOnlyAtNight', on)}
      />
      {values.jobsOnlyAtNight && (
        <div class="columns">
          <HourField form={form} name="jobsNightFrom" label={t('settings.jobs.from')} />
          <HourField form={form} name="jobsNightTo" label={t('settings.jobs.to')} />
        </div>
      )}
    </Card>
  )
}

interface HourFieldProps {
  readonly form: SettingsForm
  readonly name: 'jobsNightFrom' | 'jobsNightTo'
  readonly label: string
}

function HourField({ form: { values, field, patch }, name, label }: HourFieldProps) {
  const words = useWords()
  return (
    <ChoiceField
      {...field(name)}
      label={label}
      value={String(values[name])}
      choices={HOURS.map((hour) => [hour, words.hour(Number(hour))] as const)}
      onChoose={(hour) => patch(name, Number(hour))}
    />
  )
}
