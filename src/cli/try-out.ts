import { chatUrlOf, keyUrlOf } from '../bridge/profile/client-lines.ts'
import { chatModelOf, chatOnce, type FirstChat } from '../bridge/profile/first-chat.ts'
import { AppError } from '../shared/errors.ts'
import type { DesktopEnd, StartContext } from './desktop-end.ts'
import type { Output } from './output.ts'
import { welcomeText, type WelcomeFacts } from './welcome-text.ts'
import type { BridgeSnapshot } from '../bridge/bridge-snapshot.ts'
import type { UpstreamState, UpstreamFacts } from '../bridge/upstream/upstream-state.ts'

/** Tests the whole path with one chat. @throws AppError UPSTREAM_UNREACHABLE */
export async function tryOut(
  { upstream }: BridgeSnapshot,
  desktop: DesktopEnd,
  { relay: { url }, isDemoAsked, output }: StartContext,
): Promise<WelcomeFacts> {
  const key = await desktop.defaultKey()
  if (upstream.kind === 'refusing') return refusedWelcome(upstream, url, key)
  if (upstream.kind !== 'up')
    throw new AppError('UPSTREAM_UNREACHABLE', upstream.kind === 'down' ? upstream.reason : undefined)
  const { facts } = upstream
  const model = chatModelOf(facts)
  if (model !== undefined && facts.kind !== 'demo')
    output.say(`Sending a test message to ${model}. Loading the model may take a while…`)
  const chat = model === undefined ? undefined : await chatOnce(keyUrlOf({ url, key }), facts.kind, model)
  return { url, key, facts, chat, note: noteFor(facts, chat, isDemoAsked) }
}

/** Describes a server that responds but refuses requests; it may be about to serve. */
function refusedWelcome(
  { refusal, reason }: Extract<UpstreamState, { kind: 'refusing' }>,
  url: string,
  key: string,
): WelcomeFacts {
  const { baseUrl, name = 'model server' } = refusal
  const facts: UpstreamFacts = { baseUrl, kind: 'openai', version: null, models: [], name }
  return { url, key, facts, chat: undefined, note: reason }
}

/** Prints the welcome text. */
export function greet(welcome: WelcomeFacts, output: Output): void {
  const { url, key, facts, chat, note } = welcome
  output.json({
    event: 'ready',
    url,
    key,
    chatUrl: chatUrlOf({ url, key }),
    upstream: facts.baseUrl,
    upstreamKind: facts.kind,
    model: chat?.model ?? null,
    reply: chat?.kind === 'answered' ? chat.reply : null,
    ...(note !== null && { note }),
  })
  output.say(welcomeText(welcome, output.columns))
}

function noteFor(facts: UpstreamFacts, chat: FirstChat | undefined, isDemoAsked: boolean): string | null {
  if (chat?.kind === 'failed') return `${chat.model} did not answer (${chat.reason}). Other models may work.`
  if (facts.kind === 'demo')
    return isDemoAsked
      ? 'This is the built-in demo model, not a real one.'
      : 'This is the built-in demo model, because no model server is running. Start Ollama or another server: it replaces the demo automatically.'
  if (chat !== undefined) return null
  const remedy = facts.kind === 'ollama' ? 'Download one: ollama pull llama3.2' : 'Load one there.'
  return `${facts.name} has no models yet. ${remedy}`
}
