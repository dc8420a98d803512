import { Card } from '../../parts/card.tsx'
import { CommitField } from '../../parts/field.tsx'
import { ScopesField } from '../../parts/scopes.tsx'
import type { SettingsForm } from './form.ts'

export function DeviceCard({ form: { values, field, patch } }: { readonly form: SettingsForm }) {
  const { deviceName, maxConcurrent, ownerScopes } = values
  return (
    <Card title="This device">
      <CommitField
        {...field('deviceName')}
        label="Name"
        value={deviceName}
        onCommit={(name) => patch('deviceName', name)}
      />
      <CommitField
        {...field('maxConcurrent')}
        label="Concurrent requests"
        type="number"
        value={String(maxConcurrent)}
        onCommit={(text) => patch('maxConcurrent', Number(text))}
      />
      <ScopesField
        {...field('ownerScopes')}
        label="Your permissions when you are signed in at the relay, without a key"
        scopes={ownerScopes}
        onChange={(scopes) => patch('ownerScopes', scopes)}
      />
    </Card>
  )
}
