import { useState } from 'preact/hooks'
import type { NewKeyView, SnippetId } from '../../shared/ipc/view.ts'
import type { RelayReach } from '../../shared/ipc/relay-view.ts'
import { Button, CopyButton } from '../parts/button.tsx'
import { CopyLine, Message } from '../parts/card.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { QrPicture } from '../parts/qr-picture.tsx'
import { SnippetTabs } from '../parts/snippet-tabs.tsx'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'
import type { KeyPurpose } from './key-draft.ts'

const TITLES = { client: 'key.made', phone: 'key.madePhone', share: 'key.madeShare' } as const

interface KeySecretProps {
  readonly made: NewKeyView
  readonly purpose: KeyPurpose
  readonly reach: RelayReach | null
  readonly onClose: () => void
}

/** The text of a new key, with its own QR code, link and lines for clients. */
export function KeySecret({ made, purpose, reach, onClose }: KeySecretProps) {
  const { t } = useWords()
  const shell = useShell()
  const { key, link, qr } = made
  const copy = (text: string) => () => shell.ask('text.copy', { text })
  return (
    <Dialog title={t(TITLES[purpose])} mustAnswer onClose={onClose}>
      <Message kind="warning" text={t(purpose === 'client' ? 'key.once' : 'key.linkOnce')} />
      {qr !== null && (
        <figure class="qr-figure">
          <QrPicture qr={qr} label={t('key.qr')} />
          <figcaption class="muted">{t('key.scanHint')}</figcaption>
        </figure>
      )}
      {link !== null && qr === null && <p class="muted">{t('key.localHint')}</p>}
      {link !== null && reach === 'network' && <Message kind="info" text={t('key.networkHint')} />}
      <div class="stack">
        {link !== null && (
          <CopyLine label={t('key.link')} text={link}>
            <CopyButton what="new link" label={t('key.copyLink')} onCopy={copy(link)} />
          </CopyLine>
        )}
        <CopyLine label={t('key.key')} text={key} kind="secret">
          <CopyButton what="new key" label={t('key.copy')} onCopy={copy(key)} />
        </CopyLine>
      </div>
      {made.snippets.length > 0 && <NewKeySnippets made={made} />}
      <div class="dialog-actions">
        <Button kind="primary" onPress={onClose}>
          {t('button.done')}
        </Button>
      </div>
    </Dialog>
  )
}

function NewKeySnippets({ made: { snippets } }: Pick<KeySecretProps, 'made'>) {
  const { t } = useWords()
  const shell = useShell()
  const [chosen, setChosen] = useState<SnippetId | null>(null)
  return (
    <details>
      <summary>{t('key.snippets')}</summary>
      <div class="stack">
        <SnippetTabs
          snippets={snippets}
          chosen={chosen}
          onChoose={setChosen}
          onCopy={({ text }) => shell.ask('text.copy', { text })}
        />
      </div>
    </details>
  )
}
