/**
 * Draws: takes a description of what should be there and changes of the document only what differs. What is not
 * described, such as focus, scroll position and half-typed text, stays as it is. Text becomes text nodes, never markup, and
 * shows all that it holds.
 */
import { toPlainLines } from '../shared/plain-text.ts'

type Handler = (event: Event) => void
type Value = string | number | boolean | null | undefined

interface Props {
  /** What this is among its siblings, wherever it moves to. */
  readonly key?: string
  /** Called once, when it stands in the document. */
  readonly mounted?: (element: HTMLElement) => void
  readonly onclick?: Handler
  readonly oninput?: Handler
  readonly onchange?: Handler
  readonly onsubmit?: Handler
  readonly onkeydown?: Handler
  readonly onclose?: Handler
  readonly [attribute: string]: Value | Handler | ((element: HTMLElement) => void)
}

interface Description {
  readonly tag: string
  readonly props: Props
  readonly children: readonly Child[]
}

/** Nothing keeps its place too: what follows it is not mistaken for it. */
export type Child = Description | string | null

/** State that the user changes and a drawing must not reset: set only when the description changes. */
const LIVE = new Set(['value', 'checked'])
const SVG = 'http://www.w3.org/2000/svg'

const drawn = new WeakMap<Node, Description>()

/** @param selector a tag with classes: `div.card.wide` */
export function h(selector: string, props: Props = {}, ...children: readonly Child[]): Description {
  const [tag = 'div', ...classes] = selector.split('.')
  return {
    tag,
    props: classes.length === 0 ? props : { class: classes.join(' '), ...props },
    children,
  }
}

/** Makes the children of `parent` what is described. */
export function draw(parent: Element, children: readonly Child[]): void {
  const arrivals: (() => void)[] = []
  drawChildren(parent, children, arrivals)
  for (const arrive of arrivals) arrive()
}

function drawChildren(parent: Element, children: readonly Child[], arrivals: (() => void)[]): void {
  const old = [...parent.childNodes]
  const byKey = new Map(old.map((node) => [drawn.get(node)?.props.key, node]))
  const next = children.map((child, index) => {
    const key = keyOf(child)
    const candidate = key === undefined ? old[index] : byKey.get(key)
    return drawChild(candidate, child, parent.namespaceURI, arrivals)
  })
  const kept = new Set<Node>(next)
  for (const node of old) if (!kept.has(node)) remove(node)
  for (const [index, node] of next.entries()) {
    const there = parent.childNodes[index]
    if (there !== node) parent.insertBefore(node, there ?? null)
  }
}

function keyOf(child: Child): string | undefined {
  return child === null || typeof child === 'string' ? undefined : child.props.key
}

function drawChild(
  node: ChildNode | undefined,
  child: Child,
  namespace: string | null,
  arrivals: (() => void)[],
): ChildNode {
  if (child === null || typeof child === 'string') return drawText(node, child ?? '')
  const before = node === undefined ? undefined : drawn.get(node)
  const isSame = before?.tag === child.tag && before.props.key === child.props.key
  const element = isSame && node instanceof Element ? node : create(child, namespace, arrivals)
  drawChildren(element, child.children, arrivals)
  // After the children: a select takes no value that it has no option for.
  setProps(element, isSame ? before.props : {}, child.props)
  drawn.set(element, child)
  return element
}

function drawText(node: ChildNode | undefined, described: string): Text {
  const text = toPlainLines(described)
  if (!(node instanceof Text)) return document.createTextNode(text)
  if (node.data !== text) node.data = text
  return node
}

function create(child: Description, namespace: string | null, arrivals: (() => void)[]): Element {
  const isSvg = child.tag === 'svg' || namespace === SVG
  const element = isSvg ? document.createElementNS(SVG, child.tag) : document.createElement(child.tag)
  const { mounted } = child.props
  if (mounted !== undefined && element instanceof HTMLElement) arrivals.push(() => mounted(element))
  return element
}

function setProps(element: Element, before: Props, next: Props): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(next)])) {
    const value = next[name]
    if (name === 'key' || name === 'mounted' || value === before[name]) continue
    if (name.startsWith('on') || LIVE.has(name)) Reflect.set(element, name, value ?? null)
    else setAttribute(element, name, value)
  }
}

function setAttribute(element: Element, name: string, value: Props[string]): void {
  if (value === undefined || value === null || (value === false && !name.startsWith('aria-')))
    element.removeAttribute(name)
  else
    element.setAttribute(name, value === true && !name.startsWith('aria-') ? '' : toPlainLines(String(value)))
}

function remove(node: ChildNode): void {
  // Closing gives the focus back to what opened it.
  if (node instanceof HTMLDialogElement) {
    setProps(node, { onclose: () => undefined }, {})
    node.close()
  }
  node.remove()
}
