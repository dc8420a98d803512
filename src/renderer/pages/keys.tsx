import { Fragment } from 'preact'
import { useState } from 'preact/hooks'
import type { KeyView } from '../../shared/ipc/view.ts'
import { useNow } from '../clock.ts'
import { Button } from '../parts/button.tsx'
import { EmptyState, PageHead } from '../parts/card.tsx'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { SearchField } from '../parts/field.tsx'
import { Figure } from '../parts/figure.tsx'
import { Sentence } from '../parts/sentence.tsx'
import { useShell } from '../shell.ts'
import { useWords, type WindowWords } from '../words/window-words.ts'
import type { KeyPurpose } from './key-draft.ts'
import { KeyEditor } from './key-form.tsx'
import { KEY_COLUMNS, keysShown, orderAfter, type KeyOrder } from './key-order.ts'

interface KeysPageProps {
  readonly keys: readonly KeyView[]
  /** The models of the model server. */
  readonly models: readonly string[]
  readonly onNew: (purpose: KeyPurpose) => void
}

/** The keys of clients: created, changed and revoked here. */
export function KeysPage({ keys, models, onNew }: KeysPageProps) {
  const { t } = useWords()
  const [editing, setEditing] = useState<KeyView | null>(null)
  const [revoking, setRevoking] = useState<KeyView | null>(null)
  return (
    <>
      <PageHead title={t('keys.title')} text={t('keys.text')}>
        <div class="row">
          <Button kind="primary" icon="plus" onPress={() => onNew('client')}>
            {t('keys.new')}
          </Button>
          <Button icon="share" onPress={() => onNew('share')}>
            {t('share.button')}
          </Button>
        </div>
      </PageHead>
      {keys.length === 0 ? (
        <EmptyState icon="keys" title={t('keys.none')} text={t('keys.none.text')} />
      ) : (
        <KeyTable keys={keys} onEdit={setEditing} onRevoke={setRevoking} />
      )}
      {editing !== null && <KeyEditor item={editing} models={models} onClose={() => setEditing(null)} />}
      {revoking !== null && <RevokeKey item={revoking} onClose={() => setRevoking(null)} />}
    </>
  )
}

interface KeyTableProps {
  readonly keys: readonly KeyView[]
  readonly onEdit: (key: KeyView) => void
  readonly onRevoke: (key: KeyView) => void
}

/** States the roles, because the narrow layout takes them from the elements. */
function KeyTable({ keys, onEdit, onRevoke }: KeyTableProps) {
  const { t, locale } = useWords()
  const now = useNow()
  const [search, setSearch] = useState('')
  const [order, setOrder] = useState<KeyOrder>({ column: 'name', isDescending: false })
  const shown = keysShown(keys, search, order, locale.tag)
  return (
    <>
      <SearchField id="key-search" label={t('keys.search')} value={search} onInput={setSearch} />
      {shown.length === 0 && <p class="muted">{t('keys.noneFound')}</p>}
      <table class="table keys" role="table" hidden={shown.length === 0}>
        <thead role="rowgroup">
          <tr role="row">
            {KEY_COLUMNS.map((column) => (
              <th key={column} role="columnheader" scope="col" aria-sort={sortOf(order, column)}>
                <button class="sort" type="button" onClick={() => setOrder(orderAfter(order, column))}>
                  {t(`keys.${column}`)}
                </button>
              </th>
            ))}
            <th role="columnheader" scope="col">
              <span class="hidden">{t('actions')}</span>
            </th>
          </tr>
        </thead>
        {shown.map((key) => (
          <KeyRows key={key.id} item={key} now={now} onEdit={onEdit} onRevoke={onRevoke} />
        ))}
      </table>
    </>
  )
}

function sortOf({ column, isDescending }: KeyOrder, mine: string) {
  if (column !== mine) return 'none'
  return isDescending ? 'descending' : 'ascending'
}

interface KeyRowsProps extends Pick<KeyTableProps, 'onEdit' | 'onRevoke'> {
  readonly item: KeyView
  readonly now: number
}

/** The details have their own row, since there is no room beside the figures. */
function KeyRows({ item, now, onEdit, onRevoke }: KeyRowsProps) {
  const words = useWords()
  const { t } = words
  const { name, isExpired, isDefault, isForeign, lastUsedAt, requests, tokens } = item
  return (
    <tbody class="record" role="rowgroup">
      <tr role="row">
        <td class="record-name" role="cell">
          <strong>
            <bdi>{name}</bdi>
          </strong>
        </td>
        <Figure
          name={t('keys.lastUsed')}
          text={lastUsedAt === null ? t('keys.neverUsed') : words.age(lastUsedAt, now)}
          title={lastUsedAt === null ? undefined : words.dateTime(lastUsedAt)}
        />
        <Figure name={t('keys.requests')} text={words.number(requests)} />
        <Figure name={t('keys.tokens')} text={words.number(tokens)} />
        <td class="record-actions" role="cell">
          <Button
            kind="quiet"
            icon="edit"
            label={t('keys.editLabel', { name })}
            onPress={() => onEdit(item)}
          />
          <Button kind="quiet danger" label={t('keys.revokeLabel', { name })} onPress={() => onRevoke(item)}>
            {t('keys.revoke')}
          </Button>
        </td>
      </tr>
      <tr role="row">
        <td class="record-facts muted" role="cell" colSpan={5}>
          {isExpired && <span class="pill attention">{t('keys.expired')}</span>}
          {isForeign && <span class="pill attention">{t('keys.foreign')}</span>}
          {isDefault && <span class="pill">{t('keys.default')}</span>}
          {factsOf(words, item).map((fact, i) => (
            <Fragment key={i}>
              {i > 0 && ' · '}
              <bdi>{fact}</bdi>
            </Fragment>
          ))}
        </td>
      </tr>
    </tbody>
  )
}

function factsOf(words: WindowWords, item: KeyView): readonly string[] {
  const { t } = words
  const { scopes, models, requestsPerMinute, maxConcurrent, createdAt, expiresAt, isExpired } = item
  return [
    words.list(scopes.map((scope) => t(`scope.${scope}`))),
    models === null ? t('keys.allModels') : words.list(models),
    ...(requestsPerMinute === null ? [] : [t('keys.rate', { count: requestsPerMinute })]),
    ...(maxConcurrent === null ? [] : [t('keys.atOnce', { count: maxConcurrent })]),
    t('keys.created', { date: words.date(createdAt) }),
    ...(expiresAt === null
      ? []
      : [t(isExpired ? 'keys.expiredOn' : 'keys.expires', { date: words.date(expiresAt) })]),
  ]
}

function RevokeKey({ item, onClose }: { readonly item: KeyView; readonly onClose: () => void }) {
  const words = useWords()
  const { t } = words
  const shell = useShell()
  const { id, name, isDefault } = item
  return (
    <ConfirmDialog
      title={<Sentence of={words.pieces('revoke.title', { name })} />}
      texts={[...(isDefault ? [t('revoke.default')] : []), t('revoke.text')]}
      button={t('revoke.button')}
      announcement={t('revoke.announce')}
      onConfirm={() => shell.request('keys.revoke', { id })}
      onClose={onClose}
    />
  )
}
