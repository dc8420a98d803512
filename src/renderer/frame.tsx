import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { PAGE_IDS, type PageId } from '../shared/ipc/contract.ts'
import type { AppView, SnippetId } from '../shared/ipc/view.ts'
import { ConnectPage } from './pages/connect.tsx'
import { DevicesPage } from './pages/devices.tsx'
import { DiagnosticsPage, useDoctor } from './pages/diagnostics.tsx'
import { JobsPage } from './pages/jobs.tsx'
import type { KeyPurpose } from './pages/key-draft.ts'
import { KeyForm } from './pages/key-form.tsx'
import { KeysPage } from './pages/keys.tsx'
import { RequestsPage } from './pages/requests.tsx'
import { SettingsPage } from './pages/settings/settings.tsx'
import { StatusPage } from './pages/status.tsx'
import { Icon, Mark } from './parts/icon.tsx'
import { Tabs } from './parts/tabs.tsx'
import { useTestChat } from './parts/test-chat.tsx'
import { useShell } from './shell.ts'
import { useWords } from './words/window-words.ts'

/** Navigation and the open page. Keeps the state that survives a page change. */
export function Frame({ view }: { readonly view: AppView }) {
  const shell = useShell()
  const { page } = shell
  const { title, shape } = view.connection
  const { t } = useWords()
  const [purpose, setPurpose] = useState<KeyPurpose | null>(null)
  const draw = usePages(view, setPurpose)
  return (
    <div class="frame">
      <header class="rail">
        <p class="brand">
          <Mark shape="online" />
          CloudToLocalLLM
        </p>
        <Tabs
          name="pages"
          label={t('pages.label')}
          panelId="page"
          tabs={PAGE_IDS.map((id) => ({ id, face: <PageName id={id} name={t(`page.${id}`)} /> }))}
          chosen={page}
          onChoose={(id) => shell.show(id)}
        />
        <p class={`rail-state ${shape}`} role="status">
          <Mark shape={shape} />
          {title}
        </p>
      </header>
      {/* Stops the Tab key: the arrow keys scroll it. One for each page, so that each starts at its top. */}
      <main key={page} class="main" tabIndex={0}>
        <div id="page" class="page" role="tabpanel" aria-labelledby={`pages-tab-${page}`}>
          {draw[page]()}
        </div>
      </main>
      {/* Not in its page: the tray can open another one, and a new key is shown only once. */}
      {purpose !== null && (
        <KeyForm
          purpose={purpose}
          models={view.upstream.models}
          reach={view.relay?.builtIn ?? null}
          onClose={() => setPurpose(null)}
        />
      )}
    </div>
  )
}

function usePages(
  view: AppView,
  onNewKey: (purpose: KeyPurpose) => void,
): Readonly<Record<PageId, () => JSX.Element>> {
  const chat = useTestChat()
  const doctor = useDoctor()
  const [snippet, setSnippet] = useState<SnippetId | null>(null)
  return {
    status: () => <StatusPage view={view} chat={chat} />,
    connect: () => <ConnectPage view={view} snippet={snippet} onChoose={setSnippet} onNewKey={onNewKey} />,
    keys: () => <KeysPage keys={view.keys} models={view.upstream.models} onNew={onNewKey} />,
    requests: () => <RequestsPage requests={view.requests} settings={view.settings} />,
    jobs: () => <JobsPage />,
    devices: () => <DevicesPage relay={view.relay} />,
    settings: () => <SettingsPage view={view} />,
    diagnostics: () => <DiagnosticsPage view={view} doctor={doctor} />,
  }
}

function PageName({ id, name }: { readonly id: PageId; readonly name: string }) {
  return (
    <>
      <Icon name={id} />
      <span>{name}</span>
    </>
  )
}
