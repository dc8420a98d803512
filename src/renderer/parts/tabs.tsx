import type { ComponentChildren, TargetedKeyboardEvent } from 'preact'

interface Tab<Id extends string> {
  readonly id: Id
  readonly face: ComponentChildren
}

interface TabsProps<Id extends string> {
  readonly name: string
  /** Begins the ids of the tabs: `<idStart>-tab-<id>`. By default the name. */
  readonly idStart?: string
  readonly label: string
  readonly panelId: string
  readonly tabs: readonly Tab<Id>[]
  readonly chosen: Id
  readonly onChoose: (id: Id) => void
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }

/** One stop for the Tab key; arrow keys, Home and End move between the tabs. */
export function Tabs<Id extends string>(props: TabsProps<Id>) {
  const { name, idStart = name, label, panelId, tabs, chosen, onChoose } = props
  return (
    <div class={`tabs ${name}`} role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map(({ id, face }) => (
        <button
          key={id}
          class="tab"
          type="button"
          role="tab"
          id={`${idStart}-tab-${id}`}
          aria-selected={id === chosen}
          aria-controls={panelId}
          tabIndex={id === chosen ? 0 : -1}
          onClick={() => onChoose(id)}
        >
          {face}
        </button>
      ))}
    </div>
  )
}

function move(event: TargetedKeyboardEvent<HTMLElement>): void {
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
