import type { ChatView, Notice } from '../chat/chat-view.ts'
import type { ChatWords } from '../words/words.ts'
import { Button, IconButton } from './button.tsx'
import { Icon, type ChatIconName } from './icon.tsx'
import { problemText } from './problem-text.ts'
import { useChatShell, useSeconds } from './shell.ts'
import { useWords } from './words.ts'

/** Short states need no time. */
const TIME_AFTER_MS = 10_000

interface Banner {
  readonly kind: 'info' | 'warning' | 'error'
  readonly icon: ChatIconName
  readonly title: string
  readonly note: string
  readonly since?: number
  readonly action?: 'retry' | 'key'
}

/**
 * The state of the connection, if it keeps from chatting.
 * @param hasTurns otherwise, the page below asks for the key
 */
export function connectionBanner(
  { access, isOffline }: Pick<ChatView, 'access' | 'isOffline'>,
  hasTurns: boolean,
  t: ChatWords['t'],
): Banner | null {
  const problem = { kind: 'warning', icon: 'offline', action: 'retry' } as const
  if (isOffline) return { kind: 'info', icon: 'offline', title: t('offline'), note: t('offlineNote') }
  switch (access.kind) {
    case 'ready':
    case 'checking':
    case 'noModels':
      return null
    case 'noKey':
      return hasTurns ? { kind: 'info', icon: 'key', title: '', note: t('noKeyBanner'), action: 'key' } : null
    case 'keyRefused':
      return {
        kind: 'error',
        icon: 'key',
        ...problemText(access, t),
        ...(hasTurns && { action: 'key' }),
      }
    case 'desktopOffline':
      return { ...problem, title: t('desktopOffline'), note: t('desktopOfflineNote'), since: access.since }
    case 'relayUnreachable':
      return {
        ...problem,
        title: t('relayUnreachable'),
        // Relays on the internet use HTTPS.
        note: t(isSecureContext ? 'relayUnreachableNote' : 'relayUnreachableAtHome'),
        since: access.since,
      }
    case 'noModelServer':
      return { ...problem, icon: 'error', ...problemText(access, t) }
    case 'failed':
      return { ...problem, icon: 'error', ...problemText(access.problem, t) }
  }
}

/** The state of the connection and other notices, above the messages. */
export function Banners({ view }: { readonly view: ChatView }) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const { access, isOffline, notice, hasUpdate, storage } = view
  const connection = connectionBanner(view, view.open.turns.length > 0, t)
  return (
    <div class="banners">
      {connection !== null && <ConnectionBanner banner={connection} />}
      {access.kind === 'checking' && !isOffline && (
        <p class="connecting" role="status">
          <span class="spinner" aria-hidden />
          {t('checking')}
        </p>
      )}
      {notice !== null && <NoticeBanner notice={notice} />}
      {storage.isTemporary && (
        <div class="banner warning" role="status">
          <Icon name="info" />
          <p>{t('temporaryStorage')}</p>
        </div>
      )}
      {hasUpdate && (
        <div class="banner info short" role="status">
          <Icon name="update" />
          <p>{t('updateReady')}</p>
          <Button kind="quiet" onPress={() => actions.applyUpdate()}>
            {t('update')}
          </Button>
        </div>
      )}
    </div>
  )
}

function NoticeBanner({ notice }: { readonly notice: Notice }) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const { icon, title, note } = noticeText(notice, t)
  const isProblem = icon === 'error'
  return (
    <div class={`banner short ${isProblem ? 'error' : 'info'}`} role={isProblem ? 'alert' : 'status'}>
      <Icon name={icon} />
      <p>
        <strong>{title}</strong> {note}
      </p>
      <IconButton icon="close" label={t('dismiss')} onPress={() => actions.dismissNotice()} />
    </div>
  )
}

function noticeText(notice: Notice, t: ChatWords['t']): Pick<Banner, 'icon' | 'title' | 'note'> {
  switch (notice.kind) {
    case 'importing':
      return { icon: 'info', title: t('importing'), note: '' }
    case 'imported': {
      const { count } = notice
      return { icon: 'done', title: count === 0 ? t('importedNone') : t('imported', { count }), note: '' }
    }
    default:
      return { icon: 'error', ...problemText(notice, t) }
  }
}

/** The state of the connection, and the reader's options. */
export function ConnectionBanner({ banner }: { readonly banner: Banner }) {
  const { t } = useWords()
  const { actions, open } = useChatShell()
  const { kind, icon, title, note, since, action } = banner
  return (
    <div class={`banner ${kind}`} role="status">
      <Icon name={icon} />
      <p>
        {title !== '' && (
          <strong>
            {title}
            {since !== undefined && <Since time={since} />}
          </strong>
        )}{' '}
        {note}
      </p>
      {action === 'retry' && (
        <Button kind="quiet" onPress={() => actions.retryNow()}>
          {t('retry')}
        </Button>
      )}
      {action === 'key' && (
        <Button kind="quiet" onPress={() => open({ kind: 'key' })}>
          {t('enterKey')}
        </Button>
      )}
    </div>
  )
}

function Since({ time }: { readonly time: number }) {
  const words = useWords()
  const ms = useSeconds() - time
  if (ms < TIME_AFTER_MS) return null
  // Read once with the rest, not every second.
  return <span aria-hidden> {words.t('sinceTime', { duration: words.duration(ms) })}</span>
}
