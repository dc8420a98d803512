import type { Span } from '../../../shared/json-scanner.ts'
import { elementsIn, isArray, memberIn } from './json-elements.ts'
import { toListObject, type PageQuery } from './list-page.ts'
import { notFound } from './openai-fault.ts'

interface InputItem {
  readonly id: string
}

const MESSAGE = { type: 'message', status: 'completed' }

/**
 * A page of the items that a response was created from. The bridge assigns their ids, since the model server's are not known.
 * @param responseId of the response
 * @param body its request
 * @throws OpenAiFault if the position is unknown
 */
export async function inputItemsPage(responseId: string, body: Uint8Array, page: PageQuery): Promise<object> {
  const input = await memberIn(body, 'input')
  const isList = input !== undefined && isArray(body, input)
  const count = isList ? countOf(elementsIn(body, input)) : Number(input !== undefined)
  const prefix = responseId.replace('resp_', 'msg_')
  const [from, to] = rangeOf(page, count, prefix)
  const items: InputItem[] = []
  let index = 0
  for (const { start, end } of isList ? elementsIn(body, input) : input ? [input] : []) {
    if (index >= from && index < to)
      items.push(toItem(`${prefix}_${index}`, JSON.parse(Buffer.from(body.subarray(start, end)).toString())))
    if (++index >= to) break
  }
  if (page.order === 'desc') items.reverse()
  const hasMore = page.order === 'asc' ? to < count : from > 0
  return toListObject(items, hasMore, (item) => item)
}

/** The index of a page's first item, and the index after its last. */
function rangeOf({ after, limit, order }: PageQuery, count: number, prefix: string): [number, number] {
  const position = after === null ? undefined : Number(new RegExp(`^${prefix}_(\\d{1,9})$`).exec(after)?.[1])
  if (position !== undefined && !(position < count)) throw notFound('Item', after ?? '', 'after')
  if (order === 'asc') {
    const from = (position ?? -1) + 1
    return [from, Math.min(count, from + limit)]
  }
  const to = position ?? count
  return [Math.max(0, to - limit), to]
}

/** A message in the long form that OpenAI lists; anything else as it was sent. */
function toItem(id: string, sent: unknown): InputItem {
  const item = typeof sent === 'object' && sent !== null ? sent : { role: 'user', content: sent }
  if (!('role' in item && 'content' in item)) return { ...item, id }
  const { role, content } = item
  const type = role === 'assistant' ? 'output_text' : 'input_text'
  const parts = typeof content === 'string' ? [{ type, text: content }] : content
  const message = { ...MESSAGE, ...item, content: parts, id }
  return message
}

function countOf(spans: Iterable<Span>): number {
  let count = 0
  for (const _ of spans) count++
  return count
}
