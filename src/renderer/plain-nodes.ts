import { options, type VNode } from 'preact'
import { toPlainLines } from '../shared/plain-text.ts'

/** Values that go back to the app unchanged. `children` are separate nodes. */
const AS_IS = new Set(['value', 'children'])

/**
 * Makes every text and attribute of the document show all that it holds: control characters and marks that turn the
 * reading direction become visible, whoever wrote them. To be called once, before the first drawing.
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
