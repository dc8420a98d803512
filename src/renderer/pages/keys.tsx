import { useState } from 'preact/hooks'
import type { KeyView } from '../../shared/ipc/view.ts'
import { toCount, toDate } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { EmptyState, Facts, PageHead } from '../parts/card.tsx'
import { SCOPE_WORDS } from '../parts/scopes.tsx'
import { RevokeDialog } from './revoke-dialog.tsx'

interface KeysPageProps {
  readonly keys: readonly KeyView[]
  readonly onNew: () => void
}

/** The keys of clients, to create and to revoke. */
export function KeysPage({ keys, onNew }: KeysPageProps) {
  const [revoking, setRevoking] = useState<KeyView | null>(null)
  return (
    <>
      <PageHead
        title="Keys"
        text="Create one key for each client, so that you can revoke it without affecting the others."
      >
        <Button kind="primary" icon="plus" onPress={onNew}>
          New key
        </Button>
      </PageHead>
      {keys.length === 0 ? (
        <EmptyState icon="keys" title="No keys" text="A client needs a key to use your models." />
      ) : (
        <ul class="list">
          {keys.map((key) => (
            <KeyCard key={key.id} item={key} onRevoke={() => setRevoking(key)} />
          ))}
        </ul>
      )}
      {revoking !== null && <RevokeDialog item={revoking} onClose={() => setRevoking(null)} />}
    </>
  )
}

interface KeyCardProps {
  readonly item: KeyView
  readonly onRevoke: () => void
}

function KeyCard({ item, onRevoke }: KeyCardProps) {
  const { name, scopes, models, createdAt, expiresAt, isExpired, isDefault } = item
  return (
    <li class="card key">
      <div class="row spread">
        <h2>
          {name} {isExpired && <span class="pill attention">Expired</span>}
          {isDefault && <span class="pill">Default</span>}
        </h2>
        <Button kind="quiet" label={`Revoke ${name}`} onPress={onRevoke}>
          Revoke
        </Button>
      </div>
      <Facts
        rows={[
          ['Permissions', scopes.map((scope) => SCOPE_WORDS[scope].label).join(', ')],
          ['Models', models === null ? 'All' : models.join(', ')],
          ['Limits', limitsOf(item)],
          ['Created', toDate(createdAt)],
          [isExpired ? 'Expired' : 'Expires', expiresAt === null ? 'Never' : toDate(expiresAt)],
        ]}
      />
    </li>
  )
}

function limitsOf({ requestsPerMinute, maxConcurrent }: KeyView): string | null {
  const limits = [
    requestsPerMinute === null ? null : `${toCount(requestsPerMinute, 'request')} per minute`,
    maxConcurrent === null ? null : `${maxConcurrent} at once`,
  ].filter((limit) => limit !== null)
  return limits.length === 0 ? null : limits.join(', ')
}
