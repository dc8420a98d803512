import type { ConnectionView } from '../../shared/ipc/view.ts'
import { useNow } from '../clock.ts'
import { useWords } from '../words/window-words.ts'
import { ActionButton } from './button.tsx'
import { Mark } from './icon.tsx'

interface HeroProps {
  readonly connection: ConnectionView
  /** How many requests run now. */
  readonly running: number
}

/** The state of the connection in large, with its buttons. */
export function Hero({ connection, running }: HeroProps) {
  const { t } = useWords()
  const { kind, shape, title, detail, actions, retryAt } = connection
  const isWorking = kind === 'connecting' || kind === 'starting'
  return (
    <section class={`hero ${shape}`} data-kind={kind}>
      <div class={isWorking ? 'hero-mark working' : 'hero-mark'}>
        <Mark shape={shape} />
      </div>
      <div class="hero-text">
        <h1>{title}</h1>
        <p class="lead">{detail}</p>
        {retryAt !== null && <Countdown until={retryAt} />}
        {running > 0 && <p class="countdown">{t('hero.running', { count: running })}</p>}
      </div>
      <div class="hero-actions">
        {actions.map((action, index) => (
          <ActionButton
            key={action.id}
            action={action}
            kind={index === 0 && shape !== 'online' && action.id !== 'pause' ? 'primary' : 'plain'}
          />
        ))}
      </div>
    </section>
  )
}

function Countdown({ until }: { readonly until: number }) {
  const words = useWords()
  const { t } = words
  const ms = until - useNow()
  return <p class="countdown">{ms <= 0 ? t('hero.retryNow') : t('hero.retry', { when: words.until(ms) })}</p>
}
