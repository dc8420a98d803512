import { options, type VNode } from 'preact'
import { toPlainLines } from '../shared/plain-text.ts'

/** Values that go back to the app unchanged. `children` are separate nodes. */
const AS_IS = new Set(['value', 'children'])

/**
 * Makes control characters and bidirectional marks visible in every text and attribute of the document. Call once,
 * before the first render.
 */
export function showPlainText(): void {
  options.vnode = (vnode) => {
    const { type } = vnode as { readonly type: VNode['type'] | null }
    if (type === null) showPlainNode(vnode)
    else if (typeof type === 'string') showPlainAttributes(vnode.props)
  }
}

/** Preact keeps the text of a text node in place of its properties. */
function showPlainNode(vnode: { props: unknown }): void {
  if (typeof vnode.props === 'string') vnode.props = toPlainLines(vnode.props)
}

function showPlainAttributes(props: object): void {
  for (const [name, value] of Object.entries(props))
    if (typeof value === 'string' && !AS_IS.has(name)) Reflect.set(props, name, toPlainLines(value))
}
