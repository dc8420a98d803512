import { isJsonObject, parseJsonObject } from '../../shared/json-object.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { NO_PARAMETERS } from './initial-view.ts'
import { visibleBranch, type Conversation, type StoredImage, type Turn } from './conversation.ts'
import { withoutThinking } from './thinking-tags.ts'

const FORMAT = 'cloudtolocalllm-chat'
const VERSION = 1
/** Browsers cannot read much larger files as one text, so the page does not write them either. */
export const MAX_FILE_CHARS = 256 * 1024 * 1024

const MAX_NAME_CHARS = 60

/** A file name for a title, without characters that operating systems forbid. */
export function fileNameFor(title = ''): string {
  const name = title.replace(/[^\p{L}\p{M}\p{N} _-]+/gu, ' ').replace(/\s+/g, ' ')
  return name.trim().slice(0, MAX_NAME_CHARS).trim() || 'chat'
}

/** The visible branch of each conversation as Markdown. Images are named, not included. */
export function toMarkdown(conversations: readonly Conversation[], turns: readonly Turn[]): string {
  const byConversation = Map.groupBy(turns, ({ conversationId }) => conversationId)
  const parts = conversations.map((each) => conversationMarkdown(each, byConversation.get(each.id) ?? []))
  return parts.join('\n\n---\n\n')
}

function conversationMarkdown(conversation: Conversation, turns: readonly Turn[]): string {
  const parts = visibleBranch(conversation, turns).map(({ turn }) => {
    const images = turn.images.map(() => '*(image)*\n\n').join('')
    return `**${turn.role === 'user' ? 'You' : (turn.model ?? 'Model')}:**\n\n${images}${withoutThinking(turn.text).text}`
  })
  return [`# ${conversation.title}`, ...parts].join('\n\n')
}

/** Everything, images included, for `conversationsIn`. */
export async function toJson(
  conversations: readonly Conversation[],
  turns: readonly Turn[],
): Promise<string> {
  const written = turns.map(async (turn) => ({ ...turn, images: await Promise.all(turn.images.map(toText)) }))
  return JSON.stringify({
    format: FORMAT,
    version: VERSION,
    conversations,
    turns: await Promise.all(written),
  })
}

export interface FileContents {
  readonly conversations: readonly Conversation[]
  readonly turns: readonly Turn[]
}

/** The content of a file that `toJson` wrote. Unusable parts are left out. */
export function conversationsIn(text: string): FileContents | 'notAnExport' | 'newerExport' {
  const file = parseJsonObject(text)
  if (file?.['format'] !== FORMAT) return 'notAnExport'
  const { version, conversations, turns } = file
  if (typeof version === 'number' && version > VERSION) return 'newerExport'
  if (!Array.isArray(conversations) || !Array.isArray(turns)) return 'notAnExport'
  const found = conversations.flatMap(conversationFrom)
  return found.length === 0 ? 'notAnExport' : { conversations: found, turns: turns.flatMap(turnFrom) }
}

function conversationFrom(value: unknown): Conversation[] {
  if (!isJsonObject(value)) return []
  const { shown, parameters } = value
  const id = textOf(value['id'])
  // It stands for a conversation without messages.
  if (id === '') return []
  const entries = isJsonObject(shown) ? Object.entries(shown).filter(([, to]) => typeof to === 'string') : []
  return [
    {
      id,
      title: textOf(value['title']),
      createdAt: timeOf(value['createdAt']),
      updatedAt: timeOf(value['updatedAt']),
      model: typeof value['model'] === 'string' ? value['model'] : null,
      system: textOf(value['system']),
      parameters: parametersFrom(parameters),
      shown: Object.fromEntries(entries) as Record<string, string>,
    },
  ]
}

function parametersFrom(value: unknown): Conversation['parameters'] {
  if (!isJsonObject(value)) return NO_PARAMETERS
  const known = Object.keys(NO_PARAMETERS).map((name) => {
    const type = name === 'thinks' ? 'boolean' : 'number'
    return [name, typeof value[name] === type ? value[name] : null]
  })
  return Object.fromEntries(known) as Conversation['parameters']
}

/** An answer that was incomplete when the file was written counts as stopped. */
function turnFrom(value: unknown): Turn[] {
  if (!isJsonObject(value)) return []
  const { id, conversationId, role, images, model } = value
  if (typeof id !== 'string' || typeof conversationId !== 'string') return []
  return [
    {
      id,
      conversationId,
      parentId: textOf(value['parentId']),
      role: role === 'user' ? 'user' : 'assistant',
      text: textOf(value['text']),
      thinking: textOf(value['thinking']),
      images: Array.isArray(images) ? images.flatMap(imageFrom) : [],
      model: typeof model === 'string' ? model : null,
      createdAt: timeOf(value['createdAt']),
      figures: figuresFrom(value['figures']),
      state: { kind: isUnfinished(value['state']) ? 'stopped' : 'done' },
    },
  ]
}

function isUnfinished(state: unknown): boolean {
  return isJsonObject(state) && state['kind'] !== 'done'
}

function figuresFrom(value: unknown): Turn['figures'] {
  if (!isJsonObject(value)) return null
  const [tokens, durationMs] = [numberOf(value['tokens']), numberOf(value['durationMs'])]
  if (tokens === null || durationMs === null) return null
  const [promptTokens, tokensPerS] = [numberOf(value['promptTokens']), numberOf(value['tokensPerS'])]
  return { tokens, promptTokens, tokensPerS, durationMs }
}

interface WrittenImage {
  readonly id: string
  readonly type: string
  readonly base64: string
}

async function toText({ id, blob }: StoredImage): Promise<WrittenImage> {
  return { id, type: blob.type, base64: await toBase64(blob) }
}

function imageFrom(value: unknown): StoredImage[] {
  if (!isJsonObject(value) || typeof value['id'] !== 'string') return []
  const type = textOf(value['type'])
  if (!/^image\/(?:jpeg|png|webp)$/.test(type)) return []
  const bytes = fromBase64(textOf(value['base64']))
  return bytes === null ? [] : [{ id: value['id'], blob: new Blob([bytes], { type }) }]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : null
}

function timeOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0
}
