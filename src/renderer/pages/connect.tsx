import type { AppView, EndpointView, SnippetId } from '../../shared/ipc/view.ts'
import { ActionButton, Button, ConnectButton, EndpointCopyButton } from '../parts/button.tsx'
import { Card, CopyLine, EmptyState, Message, PageHead } from '../parts/card.tsx'
import { SnippetTabs } from '../parts/snippet-tabs.tsx'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'
import type { KeyPurpose } from './key-draft.ts'

interface ConnectPageProps {
  readonly view: AppView
  /** `null` = the first one. */
  readonly snippet: SnippetId | null
  readonly onChoose: (snippet: SnippetId) => void
  readonly onNewKey: (purpose: KeyPurpose) => void
}

/** How a client reaches the models: address, key, and lines to paste. */
export function ConnectPage({ view, snippet, onChoose, onNewKey }: ConnectPageProps) {
  const { t } = useWords()
  const shell = useShell()
  const { endpoint, connection, relay } = view
  if (endpoint === null) return <NoEndpoint view={view} />
  const { isLocal, defaultKey, snippets } = endpoint
  const isInNetwork = relay?.builtIn === 'network'
  return (
    <>
      <PageHead
        title={t('connect.title')}
        text={t(isLocal || isInNetwork ? 'connect.text.near' : 'connect.text')}
      >
        <div class="row">
          {!isLocal && (
            <Button kind="primary" icon="phone" onPress={() => onNewKey('phone')}>
              {t('phone.add')}
            </Button>
          )}
          <Button icon="share" onPress={() => onNewKey('share')}>
            {t('share.button')}
          </Button>
        </div>
      </PageHead>
      {connection.kind !== 'online' && (
        <Message kind="warning" text={t(isInNetwork ? 'connect.offline.network' : 'connect.offline')} />
      )}
      {isLocal && <Message kind="info" title={t('connect.local')} text={t('connect.local.text')} />}
      {isInNetwork && <Message kind="info" title={t('connect.network')} text={t('connect.network.text')} />}
      {defaultKey === 'revoked' && <RevokedKey />}
      <Endpoint endpoint={endpoint} />
      <Card title={t('connect.snippets')}>
        <SnippetTabs
          snippets={snippets}
          chosen={snippet}
          onChoose={onChoose}
          onCopy={({ id }) => shell.ask('endpoint.copy', id)}
        >
          <p class="hint">{t('connect.placeholder')}</p>
        </SnippetTabs>
      </Card>
    </>
  )
}

function NoEndpoint({ view: { relay, connection } }: Pick<ConnectPageProps, 'view'>) {
  const { t } = useWords()
  const text = t(relay === null ? 'connect.none.text' : 'connect.none.offline')
  return (
    <EmptyState icon="connect" title={t('connect.none')} text={text}>
      {relay === null ? (
        <ConnectButton />
      ) : (
        <div class="row">
          {connection.actions.map((action) => (
            <ActionButton key={action.id} action={action} />
          ))}
        </div>
      )}
    </EmptyState>
  )
}

function RevokedKey() {
  const { t } = useWords()
  const shell = useShell()
  return (
    <Message kind="warning" title={t('connect.revoked')} text={t('connect.revoked.text')}>
      <Button
        isBusy={shell.isBusy('renewDefaultKey')}
        onPress={() => shell.act({ id: 'renewDefaultKey', label: '' })}
      >
        {t('connect.renew')}
      </Button>
    </Message>
  )
}

function Endpoint({ endpoint: { url } }: { readonly endpoint: EndpointView }) {
  const { t } = useWords()
  return (
    <Card title={t('connect.endpoint')}>
      <CopyLine label={t('connect.address')} text={url}>
        <EndpointCopyButton what="url" label={t('connect.copyAddress')} />
      </CopyLine>
      <CopyLine label={t('connect.key')} text="••••••••••••••••">
        <EndpointCopyButton what="key" label={t('connect.copyKey')} />
      </CopyLine>
      <CopyLine label={t('connect.keyUrl')} text={`${url.replace(/\/$/, '')}/k/••••••••`}>
        <EndpointCopyButton what="keyUrl" label={t('connect.copyKeyUrl')} />
      </CopyLine>
      <p class="muted">{t('connect.keyUrlHint')}</p>
    </Card>
  )
}
