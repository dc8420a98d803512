import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { chatUrlOf } from '../../bridge/profile/client-lines.ts'
import { isPlainText } from '../../shared/plain-text.ts'
import { toJsString } from '../../shared/quote.ts'
import { SNIPPET_IDS, type SnippetId } from '../../shared/ipc/view.ts'
import { bridgeWith, OLLAMA, stateWith } from './app-state.test-support.ts'
import { KEY_PLACEHOLDER, toEndpointView } from './endpoint-view.ts'
import { snippetsFor } from './snippets.ts'
import { wordsOf } from './words/view-words.ts'

const URL = 'https://relay.example.com'
const KEY = 'ctl_abc_secret'
const WORDS = wordsOf(stateWith())

const textOf = (id: SnippetId, models: readonly string[] = ['llama3.2:latest'], url = URL) =>
  snippetsFor(WORDS, { url, key: KEY, models }).find((snippet) => snippet.id === id)?.text

describe('snippets', () => {
  it('exist for each client, with the key', () => {
    const snippets = snippetsFor(WORDS, { url: URL, key: KEY, models: [] })
    expect(snippets.map(({ id }) => id)).toEqual(SNIPPET_IDS)
    for (const { text, hint } of snippets) {
      expect(text).toContain(KEY)
      expect(text).toContain(URL)
      expect(hint).not.toContain(KEY)
    }
  })

  it('have the format that clients accept', () => {
    expect(textOf('ollamaCli')).toBe(
      'OLLAMA_HOST=https://relay.example.com/k/ctl_abc_secret ollama run llama3.2:latest',
    )
    expect(textOf('powerShell')).toBe(
      "$env:OLLAMA_HOST = 'https://relay.example.com/k/ctl_abc_secret'; ollama run 'llama3.2:latest'",
    )
    expect(textOf('curl')).toBe(
      [
        'curl https://relay.example.com/v1/chat/completions \\',
        `  -H 'Authorization: Bearer ctl_abc_secret' \\`,
        `  -H 'Content-Type: application/json' \\`,
        `  -d '{"model":"llama3.2:latest","messages":[{"role":"user","content":"Hi"}]}'`,
      ].join('\n'),
    )
  })

  it('include a config.yaml that Continue reads', () => {
    expect(parse(textOf('continue') ?? '')).toEqual({
      name: 'CloudToLocalLLM',
      version: '0.0.1',
      schema: 'v1',
      models: [
        {
          name: 'llama3.2:latest',
          provider: 'openai',
          model: 'llama3.2:latest',
          apiBase: 'https://relay.example.com/v1',
          apiKey: KEY,
          roles: ['chat', 'edit', 'apply'],
        },
      ],
    })
  })

  it('name a model that can chat', () => {
    expect(textOf('cursor', ['nomic-embed-text', 'gpt-oss:120b-cloud', 'qwen3:8b'])).toContain(
      'Add model: qwen3:8b',
    )
    expect(textOf('cursor', [])).toContain('Add model: llama3.2')
  })

  it('run no injected commands, whatever the name of a model or relay', () => {
    const evil = `x'; rm -rf ~ #"$(id)`
    expect(textOf('ollamaCli', [evil])).toMatch(/ ollama run 'x'\\''; rm -rf ~ #"\$\(id\)'$/)
    expect(textOf('curl', [evil])).toContain(String.raw`x'\''; rm`)
    expect(parse(textOf('continue', [evil]) ?? '')).toMatchObject({ models: [{ model: evil }] })
    expect(textOf('openaiSdk', [evil])).toContain(toJsString(evil))
    expect(textOf('powerShell', [`x'; id ‘`])).toMatch(/ ollama run 'x''; id ‘‘'$/)
    expect(textOf('ollamaCli', [], 'https://x/$(id)')).toMatch(/^OLLAMA_HOST='https:\/\/x\/\$\(id\)\/k\//)
  })
})

it('snippets contain no invisible characters', () => {
  const hidden = 'a\u001B]52;c;aWQ=\u0007b\u202Ec'
  for (const { text } of snippetsFor(WORDS, { url: URL, key: KEY, models: [hidden] }))
    expect(text.split('\n').every(isPlainText)).toBe(true)
  expect(parse(textOf('continue', [hidden]) ?? '')).toMatchObject({ models: [{ model: hidden }] })
})

describe('the endpoint', () => {
  it('shows if only this computer can use it, and if its key was revoked', () => {
    expect(toEndpointView(stateWith())).toMatchObject({ isLocal: false, defaultKey: 'ready' })
    const bridge = bridgeWith({ url: 'http://127.0.0.1:3001' })
    expect(toEndpointView(stateWith({ bridge, isDefaultKeyRevoked: true }))).toMatchObject({
      isLocal: true,
      defaultKey: 'revoked',
    })
  })

  it('has a link to the chat page with the key in the fragment', () => {
    const link = new globalThis.URL(chatUrlOf({ url: `${URL}/sub`, key: KEY }))
    expect([link.pathname, link.search, link.hash]).toEqual(['/sub/', '', `#k=${KEY}`])
  })

  it('is unknown until the relay has sent its URL', () => {
    expect(toEndpointView(stateWith({ bridge: null }))).toBeNull()
    expect(toEndpointView(stateWith({ bridge: bridgeWith({ url: undefined }) }))).toBeNull()
  })

  it('shows a placeholder for the key', () => {
    const view = toEndpointView(stateWith())
    expect(view?.url).toBe(URL)
    for (const { text } of view?.snippets ?? []) expect(text).toContain(KEY_PLACEHOLDER)
  })

  it('does not offer the Ollama CLI for other model servers', () => {
    const facts = { ...OLLAMA.facts, kind: 'openai', name: 'LM Studio' } as const
    const view = toEndpointView(stateWith({ bridge: bridgeWith({ upstream: { kind: 'up', facts } }) }))
    expect(view?.snippets.map(({ id }) => id)).toEqual(
      SNIPPET_IDS.filter((id) => !/ollama|powerShell|homeAssistant/.test(id)),
    )
  })
})
