import { invalid } from './openai-fault.ts'

/** A position in a list, by the query of OpenAI's cursors. */
export interface PageQuery {
  /** Id of the last object of the previous page. */
  readonly after: string | null
  readonly limit: number
  readonly order: 'asc' | 'desc'
}

export interface PageLimits {
  readonly byDefault: number
  readonly max: number
}

const MAX_ID_CHARS = 128

/** @throws OpenAiFault */
export function pageQueryIn(parameters: URLSearchParams, { byDefault, max }: PageLimits): PageQuery {
  const limit = parameters.get('limit') ?? String(byDefault)
  if (!/^\d{1,6}$/.test(limit) || Number(limit) < 1 || Number(limit) > max)
    throw invalid('limit', `a number from 1 to ${max}`)
  const order = parameters.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') throw invalid('order', 'asc or desc')
  const after = parameters.get('after') || null
  if (after !== null && after.length > MAX_ID_CHARS) throw invalid('after', 'the id of an object of the list')
  return { after, limit: Number(limit), order }
}

/** A page as OpenAI's API describes it. */
export function toListObject<T extends { readonly id: string }>(
  page: readonly T[],
  hasMore: boolean,
  toObject: (row: T) => object,
): object {
  return {
    object: 'list',
    data: page.map(toObject),
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: hasMore,
  }
}
