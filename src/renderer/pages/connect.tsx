import { useState } from 'preact/hooks'
import type { AppView, EndpointView, QrView, SnippetId, SnippetView } from '../../shared/ipc/view.ts'
import { Button, EndpointCopyButton } from '../parts/button.tsx'
import { Card, CopyLine, EmptyState, Message, PageHead } from '../parts/card.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { useShell } from '../shell.ts'
import { QrDialog } from './qr-dialog.tsx'

interface SnippetChoice {
  /** `null` = the first one. */
  readonly snippet: SnippetId | null
  readonly onChoose: (snippet: SnippetId) => void
}

interface ConnectPageProps extends SnippetChoice {
  readonly view: AppView
}

/** How a client reaches the models: address, key, and lines to paste. */
export function ConnectPage({ view: { endpoint, connection }, ...choice }: ConnectPageProps) {
  if (endpoint === null)
    return (
      <EmptyState
        icon="connect"
        title="No address yet"
        text="Connect this device to a relay first. Its address and key then appear here."
      />
    )
  return (
    <>
      <PageHead
        title="Connect"
        text="Give a client this address and a key, and it can use your models from anywhere."
      />
      {connection.kind !== 'online' && (
        <Message
          kind="warning"
          text="This device is offline. The address stays the same and works again once the device is online."
        />
      )}
      <Endpoint endpoint={endpoint} />
      <Snippets snippets={endpoint.snippets} {...choice} />
    </>
  )
}

function Endpoint({ endpoint: { url } }: { readonly endpoint: EndpointView }) {
  const shell = useShell()
  const [qr, setQr] = useState<QrView | null>(null)
  const openQr = (): void =>
    shell.run('qr', async () => {
      const answer = await shell.ask('endpoint.qr')
      if (answer.ok) setQr(answer.result)
    })
  return (
    <Card title="Address and key">
      <CopyLine label="Address" text={url}>
        <EndpointCopyButton what="url" label="Copy address" />
      </CopyLine>
      <CopyLine label="Key" text="••••••••••••••••">
        <EndpointCopyButton what="key" label="Copy key" />
      </CopyLine>
      <CopyLine label="Address with key" text={`${url.replace(/\/$/, '')}/k/••••••••`}>
        <EndpointCopyButton what="keyUrl" label="Copy address with key" />
      </CopyLine>
      <div class="row spread">
        <p class="muted">
          Use the address with key for clients without a field for a key. Treat it like a password.
        </p>
        <Button icon="qr" isBusy={shell.isBusy('qr')} onPress={openQr}>
          Show QR code
        </Button>
      </div>
      {qr !== null && <QrDialog qr={qr} onClose={() => setQr(null)} />}
    </Card>
  )
}

function Snippets({
  snippets,
  snippet: id,
  onChoose,
}: SnippetChoice & { readonly snippets: readonly SnippetView[] }) {
  const snippet = snippets.find((each) => each.id === id) ?? snippets[0]
  if (snippet === undefined) return null
  return (
    <Card title="Set up a client">
      <Tabs
        name="snippets"
        label="Client"
        panelId="snippet"
        tabs={snippets.map(({ id, label }) => ({ id, face: label }))}
        chosen={snippet.id}
        onChoose={onChoose}
      />
      <div class="snippet" id="snippet" role="tabpanel" aria-labelledby={`snippets-tab-${snippet.id}`}>
        <div class="row spread">
          <p class="muted">{snippet.hint}</p>
          <EndpointCopyButton what={snippet.id} label={`Copy the lines for ${snippet.label}`} />
        </div>
        <pre class="code">
          <code>{snippet.text}</code>
        </pre>
        <p class="hint">Copying puts your key in place of the placeholder.</p>
      </div>
    </Card>
  )
}
