const BAR_WIDTH = 8
const BAR_GAP = 4
const HEIGHT = 96
const MIN_HEIGHT = 6

export interface Bar {
  /** `null` and 0 are shown as a line. */
  readonly value: number | null
  /** The part of the value that failed. */
  readonly failed?: number
  /** Shown under the pointer. */
  readonly text: string
}

interface BarsProps {
  readonly bars: readonly Bar[]
  /** Describes the whole chart. */
  readonly label: string
  readonly kind: 'sparkline' | 'chart'
}

/** Bars from left to right, as wide as their container. */
export function Bars({ bars, label, kind }: BarsProps) {
  const top = Math.max(1, ...bars.map(({ value }) => value ?? 0))
  const width = bars.length * (BAR_WIDTH + BAR_GAP) - BAR_GAP
  const heightOf = (value: number): number => Math.max(MIN_HEIGHT, (value / top) * HEIGHT)
  return (
    <svg
      class={kind}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {bars.map(({ value, failed = 0, text }, i) => {
        const isEmpty = value === null || value === 0
        const height = isEmpty ? 2 : heightOf(value)
        return (
          <g key={i}>
            <title>{text}</title>
            <BarShape i={i} kind={isEmpty ? 'bar none' : 'bar'} height={height} />
            {failed > 0 && <BarShape i={i} kind="bar failed" height={heightOf(failed)} />}
            {/* The whole column is the target of the pointer. */}
            <BarShape i={i} kind="bar-target" height={HEIGHT} />
          </g>
        )
      })}
    </svg>
  )
}

interface BarShapeProps {
  readonly i: number
  readonly kind: string
  readonly height: number
}

function BarShape({ i, kind, height }: BarShapeProps) {
  return (
    <rect class={kind} x={i * (BAR_WIDTH + BAR_GAP)} y={HEIGHT - height} width={BAR_WIDTH} height={height} />
  )
}
