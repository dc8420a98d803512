import type { AppView, RelayView, UpstreamView } from '../../shared/ipc/view.ts'
import { toCount } from '../format.ts'
import { ActionButton } from '../parts/button.tsx'
import { Card, Facts, Message } from '../parts/card.tsx'
import { Hero } from '../parts/hero.tsx'
import { TestChatButton, TestChatResult, type TestChat } from '../parts/test-chat.tsx'

interface StatusPageProps {
  readonly view: AppView
  readonly chat: TestChat
}

/** Whether it works, and if not, what to do. */
export function StatusPage({ view, chat }: StatusPageProps) {
  const { connection, problems, relay, upstream, requests } = view
  const running = requests.filter(({ state }) => state === 'running').length
  const isPossible = connection.kind === 'online' && upstream.kind === 'up'
  return (
    <>
      <Hero connection={connection} running={running} />
      <div class="stack">
        {problems.map(({ code, severity, title, text, action }) => (
          <Message key={code} kind={severity} title={title} text={text}>
            {action !== null && <ActionButton action={action} />}
          </Message>
        ))}
      </div>
      <div class="columns">
        <UpstreamCard upstream={upstream} />
        {relay !== null && <RelayCard relay={relay} />}
      </div>
      <Card title="Try it">
        <div class="row spread">
          <p class="muted">
            {isPossible
              ? 'Sends one short chat through the relay to your model.'
              : 'Available once this device is online and a model server responds.'}
          </p>
          <TestChatButton chat={chat} isPossible={isPossible} />
        </div>
        <TestChatResult chat={chat} />
      </Card>
    </>
  )
}

const UPSTREAM_STATES = {
  looking: ['connecting', 'Looking'],
  up: ['online', 'Running'],
  refusing: ['attention', 'Not ready'],
  down: ['attention', 'Not running'],
} as const

function UpstreamCard({ upstream }: { readonly upstream: UpstreamView }) {
  const { kind, title, detail, baseUrl, models } = upstream
  const [state, word] = UPSTREAM_STATES[kind]
  return (
    <Card title="Model server">
      <p class="state-line">
        <span class={`pill ${state}`}>{word}</span>
        <strong>{title}</strong>
      </p>
      {detail !== '' && <p class="muted">{detail}</p>}
      <Facts rows={[['Address', baseUrl && <code key="url">{baseUrl}</code>]]} />
      {models.length > 0 && <ModelList models={models} />}
    </Card>
  )
}

function ModelList({ models }: { readonly models: readonly string[] }) {
  return (
    <div>
      <h3 id="models">{toCount(models.length, 'model')}</h3>
      <ul class="chips" aria-labelledby="models">
        {models.map((model) => (
          <li key={model} class="chip">
            {model}
          </li>
        ))}
      </ul>
    </div>
  )
}

function RelayCard({ relay }: { readonly relay: RelayView }) {
  const { url, account, rttMs, deviceName, deviceId } = relay
  return (
    <Card title="Relay">
      <Facts
        rows={[
          ['Address', <code key="url">{url}</code>],
          ['Round trip', rttMs === null ? 'Not measured' : `${Math.round(rttMs)} ms`],
          ['Account', account],
          [
            'This device',
            <span key="device" title={deviceId}>
              {deviceName}
            </span>,
          ],
        ]}
      />
    </Card>
  )
}
