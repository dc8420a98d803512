/** In device-independent pixels. */
export interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Position and size of the window, which is centred if there is no position. */
export interface WindowBounds {
  readonly x?: number
  readonly y?: number
  readonly width: number
  readonly height: number
}

export const MIN_WINDOW_SIZE = { width: 380, height: 480 } as const
const DEFAULT_SIZE = { width: 960, height: 680 } as const

/** Part of the title bar that must be visible, so that the window can be dragged. */
const GRIP = { width: 120, height: 32 } as const

/**
 * The saved position of the window, unless its screen is no longer connected.
 * @param workAreas areas of the screens without panels and docks; the primary screen first
 */
export function windowBoundsFor(saved: Bounds | null, workAreas: readonly Bounds[]): WindowBounds {
  const area = saved === null ? undefined : workAreas.find((candidate) => holdsGrip(candidate, saved))
  const size = sizeWithin(saved ?? DEFAULT_SIZE, area ?? workAreas[0])
  return saved === null || area === undefined ? size : { x: saved.x, y: saved.y, ...size }
}

function sizeWithin(wanted: Pick<Bounds, 'width' | 'height'>, area: Bounds | undefined) {
  return {
    width: Math.max(MIN_WINDOW_SIZE.width, Math.min(wanted.width, area?.width ?? wanted.width)),
    height: Math.max(MIN_WINDOW_SIZE.height, Math.min(wanted.height, area?.height ?? wanted.height)),
  }
}

function holdsGrip(area: Bounds, { x, y, width }: Bounds): boolean {
  const visible = Math.min(x + width, area.x + area.width) - Math.max(x, area.x)
  return visible >= GRIP.width && y >= area.y && y + GRIP.height <= area.y + area.height
}
