import type { ActivityView, AppView } from '../../shared/ipc/view.ts'
import type { RelayView } from '../../shared/ipc/relay-view.ts'
import { ActionButton, Button } from '../parts/button.tsx'
import { Bars } from '../parts/bars.tsx'
import { Card, Facts, Message } from '../parts/card.tsx'
import { Hero } from '../parts/hero.tsx'
import { ModelServer } from '../parts/model-server.tsx'
import { Sentence } from '../parts/sentence.tsx'
import { TestChatButton, TestChatResult, type TestChat } from '../parts/test-chat.tsx'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'

interface StatusPageProps {
  readonly view: AppView
  readonly chat: TestChat
}

/** Whether it works, and if not, what to do. */
export function StatusPage({ view, chat }: StatusPageProps) {
  const { t } = useWords()
  const { connection, relay, upstream, pull, activity, requests } = view
  const running = requests.filter(({ state }) => state === 'running').length
  const isPossible = connection.kind === 'online' && upstream.kind === 'up'
  return (
    <>
      <Hero connection={connection} running={running} />
      <Problems problems={view.problems} />
      <div class="columns status">
        <ModelServer upstream={upstream} pull={pull} />
        {relay !== null && <RelayCard relay={relay} />}
      </div>
      {relay !== null && <Activity activity={activity} />}
      <Card title={t('test.title')}>
        <div class="row spread">
          <p class="muted">{t(isPossible ? 'test.text' : 'test.unavailable')}</p>
          <TestChatButton chat={chat} isPossible={isPossible} />
        </div>
        <TestChatResult chat={chat} />
      </Card>
    </>
  )
}

function Problems({ problems }: Pick<AppView, 'problems'>) {
  const { t } = useWords()
  const shell = useShell()
  const dismiss = (code: string): void =>
    shell.run(`dismiss ${code}`, () => shell.ask('problem.dismiss', { code }))
  return (
    <div class="stack">
      {problems.map(({ code, severity, title, text, action, isDismissible }) => (
        <Message key={code} kind={severity} title={title} text={text}>
          {action !== null && <ActionButton action={action} />}
          {isDismissible && (
            <Button
              kind="quiet"
              icon="close"
              label={`${t('button.dismiss')}: ${title}`}
              onPress={() => dismiss(code)}
            />
          )}
        </Message>
      ))}
    </div>
  )
}

function Activity({ activity: { tokensPerS, users, hours } }: { readonly activity: ActivityView }) {
  const words = useWords()
  const { t } = words
  const total = (of: 'requests' | 'tokens'): number => hours.reduce((sum, hour) => sum + hour[of], 0)
  const day =
    total('requests') === 0
      ? t('activity.dayNone')
      : t('activity.day', {
          requests: t('requests', { count: total('requests') }),
          tokens: t('tokens', { count: total('tokens') }),
        })
  return (
    <Card title={t('activity.title')}>
      {users.length === 0 && <p class="muted">{t('activity.idle')}</p>}
      {tokensPerS !== null && (
        <p class="speed">{t('speed', { speed: words.number(tokensPerS, { maximumFractionDigits: 1 }) })}</p>
      )}
      <ul class="users">
        {users.map(({ key, model, count }) => {
          const who = key ?? t('activity.owner')
          const pieces =
            count === 1
              ? words.pieces('activity.user', { key: who, model })
              : words.pieces('activity.userMany', { key: who, model, count })
          return (
            <li key={`${key} ${model}`}>
              <Sentence of={pieces} />
            </li>
          )
        })}
      </ul>
      {total('requests') > 0 && (
        <Bars
          kind="sparkline"
          bars={hours.map(({ requests }) => ({ value: requests, text: t('requests', { count: requests }) }))}
          label={day}
        />
      )}
      <p class="hint">{day}</p>
    </Card>
  )
}

function RelayCard({ relay }: { readonly relay: RelayView }) {
  const words = useWords()
  const { t } = words
  const { url, builtIn, account, rttMs, deviceName, deviceId } = relay
  return (
    <Card title={t(builtIn === null ? 'relay.title' : 'relay.builtIn')}>
      <Facts
        rows={[
          [t('relay.address'), url && <code key="url">{url}</code>],
          builtIn === null
            ? [t('relay.account'), <bdi key="account">{account}</bdi>]
            : [t('relay.reach'), t(`reach.${builtIn}`)],
          [t('relay.rtt'), rttMs === null ? t('relay.rttUnknown') : words.duration(rttMs)],
          [
            t('relay.device'),
            <bdi key="device" title={deviceId}>
              {deviceName}
            </bdi>,
          ],
        ]}
      />
    </Card>
  )
}
