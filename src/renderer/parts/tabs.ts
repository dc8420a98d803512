import { h, type Child } from '../dom.ts'

interface Tab<Id extends string> {
  readonly id: Id
  readonly face: readonly Child[]
}

interface TabsOptions<Id extends string> {
  /** Names the list, and begins the ids of its tabs: `<name>-tab-<id>`. */
  readonly name: string
  readonly label: string
  readonly panelId: string
  readonly tabs: readonly Tab<Id>[]
  readonly chosen: Id
  readonly onChoose: (id: Id) => void
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }

/** One stop for the Tab key; arrow keys, Home and End go through the tabs. */
export function tabs<Id extends string>(options: TabsOptions<Id>): Child {
  const { name, label, panelId, chosen, onChoose } = options
  return h(
    `div.tabs.${name}`,
    { role: 'tablist', 'aria-label': label, onkeydown: (event) => move(event) },
    ...options.tabs.map(({ id, face }) =>
      h(
        'button.tab',
        {
          key: id,
          type: 'button',
          role: 'tab',
          id: `${name}-tab-${id}`,
          'aria-selected': id === chosen,
          'aria-controls': panelId,
          tabindex: id === chosen ? 0 : -1,
          onclick: () => onChoose(id),
        },
        ...face,
      ),
    ),
  )
}

function move(event: Event): void {
  if (!(event instanceof KeyboardEvent) || !(event.currentTarget instanceof HTMLElement)) return
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')]
  const next = targetOf(
    event.key,
    all.findIndex((tab) => tab === event.target),
    all.length,
  )
  if (next === null) return
  event.preventDefault()
  all[next]?.focus()
  all[next]?.click()
}

function targetOf(key: string, at: number, count: number): number | null {
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  const step = STEPS[key]
  return step === undefined ? null : (at + step + count) % count
}
