import { useRef } from 'preact/hooks'
import type { ChatView } from '../chat/chat-view.ts'
import { Button } from './button.tsx'
import { SheetDialog } from './dialog.tsx'
import { useChatShell } from './shell.ts'
import { useWords } from './words.ts'

/** Only iOS has this property, and it offers no button to install a page. */
const IS_IOS_TAB = isSecureContext && 'standalone' in navigator && navigator.standalone === false

interface SettingsSheetProps {
  readonly view: ChatView
  readonly onClose: () => void
}

/** Settings of this browser, and of all conversations. */
export function SettingsSheet({ view, onClose }: SettingsSheetProps) {
  const { t } = useWords()
  const { actions, open } = useChatShell()
  return (
    <SheetDialog title={t('settings')} onClose={onClose}>
      <section class="stack">
        <h3>{t('yourData')}</h3>
        <Button onPress={() => actions.exportAs('markdown', null)}>{t('exportAllMarkdown')}</Button>
        <Button onPress={() => actions.exportAs('json', null)}>{t('exportAllJson')}</Button>
        <ImportButton onDone={onClose} />
        <Button kind="danger" onPress={() => open({ kind: 'removeAll' })}>
          {t('deleteAll')}
        </Button>
      </section>
      <StorageSection storage={view.storage} />
      {!isSecureContext && (
        <section class="stack">
          <h3>{t('connection')}</h3>
          <p class="hint">{t('notEncrypted')}</p>
        </section>
      )}
      {IS_IOS_TAB && (
        <section class="stack">
          <h3>{t('app')}</h3>
          <p class="hint">{t('installIos')}</p>
        </section>
      )}
      {view.canInstall && (
        <section class="stack">
          <h3>{t('app')}</h3>
          <Button onPress={() => actions.install()}>{t('installApp')}</Button>
          <p class="hint">{t('installNote')}</p>
        </section>
      )}
      <section class="stack">
        <h3>{t('thisDevice')}</h3>
        <Button onPress={() => open({ kind: 'key' })}>{t('newKey')}</Button>
        <Button
          kind="danger"
          isDisabled={view.access.kind === 'noKey'}
          onPress={() => open({ kind: 'forget' })}
        >
          {t('forgetDevice')}
        </Button>
        <p class="hint">{t('forgetDeviceNote')}</p>
      </section>
    </SheetDialog>
  )
}

function StorageSection({ storage }: Pick<ChatView, 'storage'>) {
  const words = useWords()
  const { usedBytes, isPersistent, isTemporary } = storage
  const kept = isPersistent ? words.t('storagePersistent') : words.t('storageNotPersistent')
  return (
    <section class="stack">
      <h3>{words.t('storage')}</h3>
      {usedBytes !== null && <p>{words.t('storageUsed', { size: words.size(usedBytes) })}</p>}
      <p class="hint">{isTemporary ? words.t('temporaryStorage') : kept}</p>
    </section>
  )
}

function ImportButton({ onDone }: { readonly onDone: () => void }) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const ref = useRef<HTMLInputElement>(null)
  const read = (input: HTMLInputElement): void => {
    const file = input.files?.[0]
    input.value = ''
    if (file === undefined) return
    actions.importFrom(file)
    onDone()
  }
  return (
    <>
      <input
        ref={ref}
        class="hidden"
        type="file"
        accept="application/json,.json"
        tabIndex={-1}
        aria-hidden
        onChange={({ currentTarget }) => read(currentTarget)}
      />
      <Button onPress={() => ref.current?.click()}>{t('importConversations')}</Button>
    </>
  )
}
