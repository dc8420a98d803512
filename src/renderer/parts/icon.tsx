import type { IconShape } from '../../shared/ipc/view.ts'

/** Outlines on a 24 x 24 grid. */
const LINES = {
  status: 'M3 12h4l3-7 4 14 3-7h4',
  connect:
    'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.5 1.5M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.5-1.5',
  keys: 'M8 19a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM11 12l8-8M16 7l3 3M13.5 9.5l2 2',
  requests: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  jobs: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3 2',
  settings:
    'M4 7h9M19 7h1M4 17h1M11 17h9M16 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 20a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  diagnostics: 'M9 4h6v3H9zM9 5H6v16h12V5h-3M9 14l2 2 4-4',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  done: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6L6 18',
  warning: 'M12 4L2.5 20h19zM12 10v4M12 17h.01',
  error: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9 9l6 6M15 9l-6 6',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8h.01',
  plus: 'M12 5v14M5 12h14',
  qr: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM20 14v.01M14 20v.01',
  chat: 'M4 5h16v11H10l-5 4v-4H4z',
  browser: 'M3 5h18v14H3zM3 9h18M6 7h.01',
  phone: 'M8 3h8v18H8zM11 18h2',
  relay: 'M7 18a4 4 0 0 1-.5-8 6 6 0 0 1 11.5-.5A4.25 4.25 0 0 1 17.5 18z',
  computer: 'M4 5h16v10H4zM2 19h20',
  devices: 'M3 5h13v9H3zM1 18h12M17 9h5v11h-5zM19 17h1',
  refresh: 'M20 11a8 8 0 1 0-2.3 6.3M20 5v6h-6',
  edit: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
  share: 'M12 15V4M8 7l4-4 4 4M5 12v8h14v-8',
  chart: 'M4 4v16h16M9 16v-4M13 16V8M17 16v-6',
  stopped: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.5 12h7',
} as const

export type IconName = keyof typeof LINES

/** Hidden from screen readers: the words beside it say the same. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden>
      <path
        d={LINES[name]}
        fill="none"
        stroke="currentColor"
        stroke-width={1.75}
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  )
}

const FULL = 'M3.75 14A3.75 3.75 0 0 1 2.76 6.63A5 5 0 0 1 12.73 6.53A3.75 3.75 0 0 1 12.25 14Z'
const OUTLINE = 'M3.75 13.25A3 3 0 0 1 3.51 7.26A4.25 4.25 0 0 1 11.99 7.26A3 3 0 0 1 12.25 13.25Z'
const TUNNEL =
  'M3.75 14A3.75 3.75 0 0 1 2.76 6.63A5 5 0 0 1 12.73 6.53A3.75 3.75 0 0 1 12.25 14H10V11.5a2 2 0 0 0-4 0V14Z'

interface MarkProps {
  readonly shape: IconShape
}

/** The cloud of the tray, in the same four shapes on a 16 x 16 grid. */
export function Mark({ shape }: MarkProps) {
  return (
    <svg class={`mark mark-${shape}`} viewBox="0 0 16 16" aria-hidden>
      <MarkStrokes shape={shape} />
    </svg>
  )
}

function MarkStrokes({ shape }: MarkProps) {
  const outline = <path d={OUTLINE} fill="none" stroke="currentColor" stroke-width={1.25} />
  switch (shape) {
    case 'online':
      return <path d={TUNNEL} fill="currentColor" />
    case 'connecting':
      return (
        <>
          {outline}
          {[5, 8, 11].map((x) => (
            <circle key={x} class="dot" cx={x} cy={10} r={0.9} fill="currentColor" />
          ))}
        </>
      )
    case 'attention':
      return (
        <>
          <path d={FULL} fill="currentColor" />
          <path class="knockout" d="M7.1 5.5h1.8l-.3 4H7.4zM7.25 10.75h1.5v1.5h-1.5z" />
        </>
      )
    case 'off':
      return (
        <>
          {outline}
          <path class="knockout-line" d="M3 2.5l11.5 11.5" />
          <path d="M2 2.5l12 12" stroke="currentColor" stroke-width={1.25} stroke-linecap="round" />
        </>
      )
  }
}
