import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { AppView } from '../../shared/ipc/view.ts'
import type { RelayOfferView } from '../../shared/ipc/relay-view.ts'
import { Icon, Mark } from '../parts/icon.tsx'
import { useWords } from '../words/window-words.ts'
import type { Suggestion } from '../window-state.ts'
import { BrowserStep } from './browser-step.tsx'
import { JoinStep } from './join-step.tsx'
import { RelayStep } from './relay-step.tsx'
import { WorksStep } from './works-step.tsx'

const STEPS = ['relay', 'device', 'test'] as const

interface SetupProps {
  readonly view: AppView
  /** Read once: afterwards the fields belong to the user. */
  readonly suggestion: Suggestion | null
  readonly onLeave: () => void
}

/** From a fresh install to the first answer, instead of all pages. */
export function Setup({ view, suggestion, onLeave }: SetupProps) {
  const { setup, relay, connection } = view
  const [typedUrl, setUrl] = useState(suggestion?.relayUrl ?? null)
  const [code, setCode] = useState(suggestion?.code ?? '')
  const [offer, setOffer] = useState<RelayOfferView | null>(null)
  const builtIn = relay?.builtIn ?? null
  if (setup.kind === 'done')
    return (
      <SetupFrame step={2}>
        <WorksStep view={view} onLeave={onLeave} />
      </SetupFrame>
    )
  if (setup.kind === 'browser')
    return (
      <SetupFrame step={1}>
        <BrowserStep issuer={setup.issuer} />
      </SetupFrame>
    )
  if (offer === null)
    return (
      <SetupFrame step={0}>
        <RelayStep
          url={typedUrl ?? (builtIn === null ? relay?.url : null) ?? ''}
          setup={setup}
          builtIn={builtIn}
          isSignedIn={connection.kind !== 'blocked'}
          onInput={setUrl}
          onOffer={setOffer}
          onLeave={onLeave}
        />
      </SetupFrame>
    )
  return (
    <SetupFrame step={1}>
      <JoinStep offer={offer} setup={setup} code={code} onInput={setCode} onBack={() => setOffer(null)} />
    </SetupFrame>
  )
}

function SetupFrame({ step, children }: { readonly step: number; readonly children: JSX.Element }) {
  const { t } = useWords()
  return (
    <div class="setup">
      <header class="setup-head">
        <span class="brand">
          <Mark shape="online" />
          CloudToLocalLLM
        </span>
        <ol class="steps" aria-label={t('setup.steps')}>
          {STEPS.map((name, index) => (
            <li
              key={name}
              class={index < step ? 'step past' : 'step'}
              aria-current={index === step ? 'step' : undefined}
            >
              <span class="step-number" aria-hidden>
                {index < step ? <Icon name="done" /> : index + 1}
              </span>
              {t(`setup.step.${name}`)}
            </li>
          ))}
        </ol>
      </header>
      <main class="setup-body">{children}</main>
    </div>
  )
}
