import { h, type Child } from '../dom.ts'
import { icon, type IconName } from './icon.ts'

/** A part of a page under a heading of its own. */
export function card(title: string, ...body: Child[]): Child {
  return h('section.card', { key: title }, h('h2', {}, title), ...body)
}

/** What a page is about, in a word and a sentence. */
export function pageHead(title: string, text: string | null, ...aside: Child[]): Child {
  return h(
    'header.page-head',
    { key: 'head' },
    h('div', {}, h('h1', {}, title), text === null ? null : h('p.lead', {}, text)),
    ...aside,
  )
}

/** Names and values; a row without a value is left out. */
export function facts(rows: readonly (readonly [string, Child])[]): Child {
  return h(
    'dl.facts',
    {},
    ...rows
      .filter(([, value]) => value !== null)
      .map(([name, value]) => h('div', { key: name }, h('dt', {}, name), h('dd', {}, value))),
  )
}

const MESSAGE_ICONS = { info: 'info', warning: 'warning', error: 'error', ok: 'done' } as const

/** Something to know, with its button where there is one. */
export function message(
  kind: keyof typeof MESSAGE_ICONS,
  title: string | null,
  text: string,
  action: Child = null,
): Child {
  return h(
    `div.message.${kind}`,
    { role: kind === 'error' ? 'alert' : 'note' },
    icon(MESSAGE_ICONS[kind]),
    h('div.message-text', {}, title === null ? null : h('p.message-title', {}, title), h('p', {}, text)),
    action,
  )
}

/** In place of a list that has nothing in it. */
export function emptyState(name: IconName, title: string, text: string, action: Child = null): Child {
  return h('div.empty', {}, icon(name), h('h2', {}, title), h('p', {}, text), action)
}

/** A line to read or copy, with its buttons. */
export function copyLine(label: string, text: string, ...buttons: Child[]): Child {
  return h(
    'div.copy-line',
    {},
    h('div.copy-line-text', {}, h('span.copy-line-label', {}, label), h('code', {}, text)),
    ...buttons,
  )
}
