/** Snapshots of the chat page for its tests: every state that its views draw. */
import type { ChatTurn, ChatView, ConversationEntry, OpenConversation } from '../../src/web/chat/chat-view.ts'
import { INITIAL_VIEW, NO_PARAMETERS } from '../../src/web/chat/initial-view.ts'

/** A gradient, as a photo. */
const PHOTO = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"><defs><linearGradient id="a" x2="0" y2="1"><stop stop-color="#8ec5ff"/><stop offset="1" stop-color="#2f6b3a"/></linearGradient></defs><rect width="600" height="400" fill="url(#a)"/><circle cx="440" cy="110" r="50" fill="#ffe08a"/></svg>',
)}`

export const RICH_ANSWER = `A **heat pump** moves heat instead of making it. That is why 1 kWh of electricity gives 3 to 4 kWh of heat.

## The cycle

1. A fluid *evaporates* outside and takes heat from the air.
2. The compressor raises its pressure, and with it the temperature.

   - This is where the electricity goes.
3. The fluid condenses inside and gives the heat to the water.

| Outside | COP | Heat for 1 kWh |
| ------: | :-: | -------------- |
| 7 °C | 4.2 | 4.2 kWh |
| −7 °C | 2.6 | 2.6 kWh, still more than a heater |

The efficiency is bounded by $\\eta = T_h / (T_h - T_c)$:

\\[ COP_{max} = \\frac{T_h}{T_h - T_c} \\]

\`\`\`python
def cop(hot_c: float, cold_c: float) -> float:
    """The best coefficient of performance between two temperatures, in degrees Celsius."""
    return (hot_c + 273.15) / (hot_c - cold_c)
\`\`\`

- [x] Insulate the house
- [ ] Choose low-temperature radiators

> Rule of thumb: every degree less in the water saves 2.5 %.

See the [overview](https://example.org/heat-pumps) and ![a diagram](https://example.org/cycle.png).`

const NOW = Date.now()
const HOUR = 3_600_000

export function turn(part: Partial<ChatTurn> & Pick<ChatTurn, 'id' | 'role'>): ChatTurn {
  return {
    text: '',
    thinking: '',
    images: [],
    state: { kind: 'done' },
    model: part.role === 'assistant' ? 'llama3.2:latest' : null,
    createdAt: NOW,
    figures: null,
    branch: { index: 0, count: 1 },
    ...part,
  }
}

const entry = (
  id: string,
  title: string,
  ageHours: number,
  part: Partial<ConversationEntry> = {},
): ConversationEntry => ({
  id,
  title,
  updatedAt: NOW - ageHours * HOUR,
  model: 'llama3.2:latest',
  isRunning: false,
  excerpt: null,
  ...part,
})

export const CONVERSATIONS = [
  entry('c1', 'How a heat pump works', 0),
  entry('c2', 'Python script to rename photos by the date they were taken', 0.01, { isRunning: true }),
  entry('c3', 'Quick dinners with rice', 26),
  entry('c4', 'كيف تعمل المضخة الحرارية؟', 80),
  entry('c5', 'Letter to the landlord', 900),
]

const question = turn({ id: 't1', role: 'user', text: 'Explain how a heat pump works, in simple terms.' })
const answer = turn({
  id: 't2',
  role: 'assistant',
  text: RICH_ANSWER,
  thinking: 'The user wants a *simple* explanation. I should compare it with a refrigerator.',
  figures: { tokens: 412, promptTokens: 58, tokensPerS: 38.2, durationMs: 10_900 },
  branch: { index: 1, count: 2 },
})

export function conversation(
  turns: readonly ChatTurn[],
  part: Partial<OpenConversation> = {},
): OpenConversation {
  return {
    id: 'c1',
    title: 'How a heat pump works',
    model: 'llama3.2:latest',
    system: '',
    parameters: NO_PARAMETERS,
    turns,
    isRunning: false,
    isLoading: false,
    contextUsed: { tokens: 3_120, limit: 8_192 },
    draft: '',
    ...part,
  }
}

export const READY: ChatView = {
  ...INITIAL_VIEW,
  access: { kind: 'ready' },
  models: [
    {
      name: 'llama3.2:latest',
      sizeBytes: 2_019_393_189,
      isLoaded: true,
      hasVision: false,
      device: null,
      contextTokens: 8_192,
    },
    {
      name: 'gemma3:12b',
      sizeBytes: 8_149_190_253,
      isLoaded: false,
      hasVision: true,
      device: null,
      contextTokens: 131_072,
    },
    {
      name: 'hf.co/bartowski/Mistral-Small-3.2-24B-Instruct-GGUF:Q4_K_M',
      sizeBytes: 14_333_908_832,
      isLoaded: false,
      hasVision: null,
      device: 'workstation',
      contextTokens: null,
    },
  ],
  conversations: CONVERSATIONS,
  open: conversation([question, answer]),
  storage: { isPersistent: true, usedBytes: 1_284_000, isTemporary: false },
}

const asked = (part: Partial<ChatTurn>): OpenConversation =>
  conversation([question, turn({ id: 't2', role: 'assistant', ...part })], {
    isRunning: true,
    contextUsed: null,
  })
const waiting = (
  reason: Extract<ChatTurn['state'], { kind: 'waiting' }>['for'],
  seconds: number,
): OpenConversation => asked({ state: { kind: 'waiting', for: reason, since: NOW - seconds * 1_000 } })
const empty = conversation([], { id: 'draft', title: '', contextUsed: null })

/** Each state of the page, by name. */
export const STATES: Readonly<Record<string, ChatView>> = {
  answer: READY,
  empty: { ...READY, open: empty },
  'no-key': { ...INITIAL_VIEW, access: { kind: 'noKey' }, open: { ...empty, model: null } },
  'key-refused': {
    ...INITIAL_VIEW,
    access: { kind: 'keyRefused' },
    open: { ...empty, model: null },
  },
  'key-refused-reading': {
    ...READY,
    access: { kind: 'keyRefused' },
  },
  pair: {
    ...INITIAL_VIEW,
    access: { kind: 'noKey' },
    pairing: { relayUrl: 'https://relay.example.com', code: 'K7QW-4PXM' },
    open: { ...empty, model: null },
  },
  checking: { ...INITIAL_VIEW, open: { ...empty, model: null } },
  'no-models': { ...READY, access: { kind: 'noModels' }, models: [], open: { ...empty, model: null } },
  'desktop-offline': { ...READY, access: { kind: 'desktopOffline', since: NOW - 95_000 } },
  unreachable: { ...READY, access: { kind: 'relayUnreachable', since: NOW - 20_000 }, open: empty },
  offline: { ...READY, isOffline: true },
  'no-model-server': {
    ...READY,
    access: { kind: 'noModelServer', since: NOW - 65_000 },
  },
  notices: {
    ...READY,
    hasUpdate: true,
    notice: { kind: 'storageFull' },
    storage: { isPersistent: false, usedBytes: null, isTemporary: true },
  },
  waiting: { ...READY, open: waiting({ kind: 'answer' }, 1) },
  'model-loading': { ...READY, open: waiting({ kind: 'modelLoading' }, 23) },
  queue: { ...READY, open: waiting({ kind: 'queue', place: 3, retryAt: NOW + 5_000 }, 12) },
  'waiting-desktop': { ...READY, open: waiting({ kind: 'desktopOffline' }, 40) },
  reconnecting: {
    ...READY,
    open: asked({
      text: 'A heat pump moves heat instead of making',
      state: { kind: 'waiting', for: { kind: 'reconnecting' }, since: NOW - 5_000 },
    }),
  },
  thinking: {
    ...READY,
    open: asked({ thinking: 'The user wants a simple explanation.', state: { kind: 'streaming' } }),
  },
  streaming: {
    ...READY,
    open: asked({
      text: 'A heat pump **moves** heat:\n\n- outside it\n- inside it **gi',
      state: { kind: 'streaming' },
    }),
  },
  stopped: {
    ...READY,
    open: conversation([
      question,
      turn({ id: 't2', role: 'assistant', text: 'A heat pump moves', state: { kind: 'stopped' } }),
    ]),
  },
  'empty-answer': {
    ...READY,
    open: conversation([question, turn({ id: 't2', role: 'assistant' })], { contextUsed: null }),
  },
  failed: {
    ...READY,
    open: conversation(
      [
        question,
        turn({
          id: 't2',
          role: 'assistant',
          text: 'A heat pump moves',
          state: {
            kind: 'failed',
            canContinue: false,
            problem: { kind: 'answerBroken' },
          },
        }),
      ],
      { contextUsed: { tokens: 7_900, limit: 8_192 } },
    ),
  },
  pictures: {
    ...READY,
    open: conversation(
      [
        turn({
          id: 't1',
          role: 'user',
          text: 'What is in this picture?',
          images: [{ id: 'p1', url: PHOTO }],
          branch: { index: 0, count: 2 },
        }),
        turn({ id: 't2', role: 'assistant', model: 'gemma3:12b', text: 'A meadow under a low sun.' }),
      ],
      { model: 'gemma3:12b' },
    ),
  },
  rtl: {
    ...READY,
    open: conversation([
      turn({ id: 't1', role: 'user', text: 'اشرح كيف تعمل المضخة الحرارية بكلمات بسيطة.' }),
      turn({
        id: 't2',
        role: 'assistant',
        text: 'المضخة الحرارية **تنقل** الحرارة بدل أن تصنعها.\n\n1. يتبخر السائل في الخارج.\n2. يرفع الضاغط ضغطه.\n\n```python\nprint("مرحبا")\n```\n\n> قاعدة عامة\n\nEnglish in between.',
      }),
    ]),
  },
  search: {
    ...READY,
    search: 'rice',
    conversations: [
      entry('c3', 'Quick dinners with rice', 26, {
        excerpt: {
          before: '…fry the vegetables, add the ',
          match: 'rice',
          after: ' and a spoon of soy sauce. Serve…',
        },
      }),
    ],
  },
  loading: { ...READY, open: conversation([], { isLoading: true, contextUsed: null }) },
}
