import { describe, expect, it } from 'vitest'
import { Translator } from '../../shared/i18n/translator.ts'
import type { Access, ChatTurn, ChatView, ConversationEntry, TurnState } from '../chat/chat-view.ts'
import { INITIAL_VIEW } from '../chat/initial-view.ts'
import { EN } from '../words/en.ts'
import { announcementFor } from './announcer.tsx'
import { connectionBanner } from './banners.tsx'
import { canSendDraft, modelNotes } from './composer.tsx'
import { groupByDay } from './days.ts'
import { NUMBER_FIELDS, parseParameter, type NumberParameter } from './parameter-fields.ts'
import { fit, MAX_FILE_BYTES, problemWith } from './pictures/prepare-picture.ts'
import { waitingText } from './turn-state-line.tsx'

const { t } = new Translator({ language: 'en', tag: 'en' }, EN)

describe('an announcement', () => {
  const turn = (kind: TurnState['kind'], id = 'a', role: ChatTurn['role'] = 'assistant') =>
    ({ id, role, state: { kind, problem: { kind: 'storageFailed' } } }) as unknown as ChatTurn

  it.each([
    [turn('done', 'q', 'user'), turn('waiting'), null],
    [turn('waiting'), turn('streaming'), 'Answering'],
    [undefined, turn('streaming'), 'Answering'],
    [turn('streaming'), turn('streaming'), null],
    [turn('streaming'), turn('done'), 'Answer complete'],
    [turn('streaming'), turn('stopped'), 'Answer stopped'],
    [
      turn('waiting'),
      turn('failed'),
      'This browser could not save the conversation. Copy what you need before you close the page.',
    ],
    [turn('done'), turn('done', 'b'), null],
    [turn('done'), undefined, null],
  ])('%#', (before, after, said) => {
    expect(announcementFor(before, after, t)).toBe(said)
  })
})

describe('the banner', () => {
  const banner = (access: Access, hasTurns = true, isOffline = false) =>
    connectionBanner({ access, isOffline }, hasTurns, t)

  it('is absent if there is no problem', () => {
    expect(banner({ kind: 'ready' })).toBeNull()
    expect(banner({ kind: 'checking' })).toBeNull()
  })

  it('gives precedence to the browser being offline', () => {
    expect(banner({ kind: 'desktopOffline', since: 0 }, true, true)?.title).toBe('You’re offline')
  })

  it('asks for a key only where the page below does not', () => {
    const refused: Access = { kind: 'keyRefused' }
    expect(banner({ kind: 'noKey' }, false)).toBeNull()
    expect(banner({ kind: 'noKey' })?.action).toBe('key')
    expect(banner(refused, false)).toMatchObject({ title: 'This key no longer works.' })
    expect(banner(refused, false)?.action).toBeUndefined()
    expect(banner(refused)?.action).toBe('key')
  })
})

describe('a draft', () => {
  const draft = { text: 'Hi', pastes: [], pictures: [] }

  it.each([
    [draft, { kind: 'ready' }, 'm', true],
    [draft, { kind: 'desktopOffline', since: 0 }, 'm', true],
    [{ text: ' \n', pastes: [], pictures: [] }, { kind: 'ready' }, 'm', false],
    [{ text: '', pastes: ['Long'], pictures: [] }, { kind: 'ready' }, 'm', true],
    [draft, { kind: 'ready' }, null, false],
    [draft, { kind: 'noKey' }, 'm', false],
    [draft, { kind: 'noModels' }, 'm', false],
  ] as const)('%#', (some, access: Access, model, canSend) => {
    expect(canSendDraft(some, access, model)).toBe(canSend)
  })
})

it('conversations are grouped by calendar days', () => {
  const now = new Date(2027, 2, 14, 12).getTime()
  const hours = [0, 13, 24, 40, 24 * 6, 24 * 40]
  const entries = hours.map(
    (age, id) => ({ id: String(id), updatedAt: now - age * 3_600_000 }) as ConversationEntry,
  )
  expect(
    groupByDay(entries, now).map(({ day, entries: inDay }) => [day, inDay.map(({ id }) => id).join()]),
  ).toEqual([
    ['today', '0'],
    ['yesterday', '1,2'],
    ['lastWeek', '3,4'],
    ['earlier', '5'],
  ])
})

it.each([
  ['temperature', '0,7', 0.7],
  ['temperature', '2.5', undefined],
  ['temperature', ' ', null],
  ['topK', '40', 40],
  ['topK', '1.5', undefined],
  ['seed', 'abc', undefined],
  ['contextTokens', '1e9', undefined],
] as const)('the parameter %s typed as %j is %s', (name: NumberParameter, text, value) => {
  const rule = NUMBER_FIELDS.find((field) => field.name === name)!
  expect(parseParameter(text, rule)).toBe(value)
})

describe('a picture', () => {
  it.each([
    [4_000, 3_000, 1_568, 1_176],
    [800, 600, 800, 600],
    [10, 100_000, 1, 1_568],
  ])('of %d x %d is sent as %d x %d', (width, height, toWidth, toHeight) => {
    expect(fit(width, height)).toEqual({ width: toWidth, height: toHeight })
  })

  it.each([
    [{ name: 'a.png', type: 'image/png', size: 1 }, null],
    [{ name: 'a.HEIC', type: '', size: 1 }, null],
    [{ name: 'a.pdf', type: 'application/pdf', size: 1 }, 'pictureNotImage'],
    [{ name: 'a.png', type: 'image/png', size: MAX_FILE_BYTES + 1 }, 'pictureTooLarge'],
  ])('%j: %s', (file, problem) => {
    expect(problemWith(file)).toBe(problem)
  })
})

it('a wait is described in words', () => {
  expect(waitingText({ kind: 'modelLoading' }, 'llama3.2', t)).toBe('Loading llama3.2…')
  expect(waitingText({ kind: 'queue', place: 3, retryAt: 0 }, null, t)).toBe('Number 3 in the queue')
})

describe('the notes about a model', () => {
  const MISSING = 'fake is no longer available. Choose another model.'
  const BLIND = 'fake can’t read images. Choose a model with vision.'
  const sees = (hasVision: boolean | null): ChatView['models'] => [
    { name: 'fake:latest', sizeBytes: null, isLoaded: null, hasVision, device: null, contextTokens: null },
  ]
  const asked = { role: 'user', images: [{ id: 'i', url: 'blob:' }] } as unknown as ChatTurn

  it.each([
    [{ models: sees(true), turns: [] }, true, []],
    [{ models: sees(false), turns: [] }, false, []],
    [{ models: sees(false), turns: [] }, true, [BLIND]],
    [{ models: sees(false), turns: [asked] }, false, [BLIND]],
    [{ models: sees(null), turns: [asked] }, true, []],
    [{ models: [], turns: [] }, false, [MISSING]],
    [{ models: [], turns: [], access: { kind: 'checking' as const } }, false, []],
  ])('%#', ({ turns, ...view }, hasPictures, notes) => {
    const open = { ...INITIAL_VIEW.open, model: 'fake:latest', turns }
    expect(modelNotes({ access: { kind: 'ready' }, open, ...view }, hasPictures, t)).toEqual(notes)
  })
})
