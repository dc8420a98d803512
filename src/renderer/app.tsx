import { Frame } from './frame.tsx'
import { Button } from './parts/button.tsx'
import { Icon } from './parts/icon.tsx'
import { Setup } from './setup/setup.tsx'
import { useShell } from './shell.ts'
import { useWords } from './words/window-words.ts'
import type { WindowState } from './window-state.ts'

interface AppProps {
  /** `null` until the first snapshot. */
  readonly state: WindowState | null
  readonly onSetupLeft: () => void
}

/** The whole window. */
export function App({ state, onSetupLeft }: AppProps) {
  const { notice, announcement } = useShell()
  return (
    <>
      {state !== null && <Content state={state} onSetupLeft={onSetupLeft} />}
      <div class="notices" role="alert">
        {notice !== null && <Notice text={notice} />}
      </div>
      <p class="hidden" role="status">
        {announcement}
      </p>
    </>
  )
}

function Content({ state, onSetupLeft }: AppProps & { readonly state: WindowState }) {
  const { view, isSettingUp, suggestion } = state
  if (!isSettingUp) return <Frame view={view} />
  // Another link starts over with its values.
  const key = JSON.stringify(suggestion)
  return <Setup key={key} view={view} suggestion={suggestion} onLeave={onSetupLeft} />
}

function Notice({ text }: { readonly text: string }) {
  const shell = useShell()
  const { t } = useWords()
  return (
    <div class="notice">
      <Icon name="error" />
      <p>{text}</p>
      <Button kind="quiet" icon="close" label={t('button.dismiss')} onPress={() => shell.tell(null)} />
    </div>
  )
}
