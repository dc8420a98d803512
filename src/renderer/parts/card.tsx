import type { ComponentChildren } from 'preact'
import { useWords } from '../words/window-words.ts'
import { Icon, type IconName } from './icon.tsx'

interface WithChildren {
  readonly children?: ComponentChildren
}

/** A part of a page with its own heading. */
export function Card({ title, children }: WithChildren & { readonly title: string }) {
  return (
    <section class="card">
      <h2>{title}</h2>
      {children}
    </section>
  )
}

/** A page's title and purpose, with its main button as child. */
export function PageHead({
  title,
  text,
  children,
}: WithChildren & { readonly title: string; readonly text: string }) {
  return (
    <header class="page-head">
      <div>
        <h1>{title}</h1>
        <p class="lead">{text}</p>
      </div>
      {children}
    </header>
  )
}

interface FactsProps {
  readonly rows: readonly (readonly [name: string, value: ComponentChildren])[]
}

/** Names and values; a row with `null` is left out. */
export function Facts({ rows }: FactsProps) {
  return (
    <dl class="facts">
      {rows.map(
        ([name, value]) =>
          value !== null && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}

const MESSAGE_ICONS = { info: 'info', warning: 'warning', error: 'error' } as const

interface MessageProps extends WithChildren {
  readonly kind: keyof typeof MESSAGE_ICONS
  readonly title?: string
  readonly text: string
}

/** A notice, with its button as child. */
export function Message({ kind, title, text, children }: MessageProps) {
  return (
    <div class={`message ${kind}`} role={kind === 'error' ? 'alert' : 'note'}>
      <Icon name={MESSAGE_ICONS[kind]} />
      <div class="message-text">
        {title !== undefined && <p class="message-title">{title}</p>}
        <p>{text}</p>
      </div>
      {children}
    </div>
  )
}

/** Technical details, collapsed. */
export function Details({ text }: { readonly text: string }) {
  const { t } = useWords()
  return (
    <details class="details">
      <summary>{t('button.details')}</summary>
      <code>{text}</code>
    </details>
  )
}

interface EmptyStateProps extends WithChildren {
  readonly icon: IconName
  readonly title: string
  readonly text: string
}

/** Shown instead of an empty list, with its button as child. */
export function EmptyState({ icon, title, text, children }: EmptyStateProps) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  )
}

interface CopyLineProps extends WithChildren {
  readonly label: string
  readonly text: string
  /** A secret is selected as a whole. */
  readonly kind?: 'secret'
}

/** A line to read or copy, with its button as child. */
export function CopyLine({ label, text, kind, children }: CopyLineProps) {
  return (
    <div class="copy-line">
      <div class="copy-line-text">
        <span class="copy-line-label">{label}</span>
        <code class={kind}>{text}</code>
      </div>
      {children}
    </div>
  )
}
