import { describe, expect, it } from 'vitest'
import { MIN_WINDOW_SIZE, windowBoundsFor } from './window-bounds.ts'

const LEFT = { x: 0, y: 25, width: 1440, height: 875 }
const RIGHT = { x: 1440, y: 0, width: 1920, height: 1080 }

describe('the window’s position', () => {
  it('is centred the first time', () => {
    expect(windowBoundsFor(null, [LEFT])).toEqual({ width: 960, height: 680 })
  })

  it('is restored, also on a second screen', () => {
    const saved = { x: 1600, y: 40, width: 900, height: 700 }
    expect(windowBoundsFor(saved, [LEFT, RIGHT])).toEqual(saved)
  })

  it('may extend past an edge as long as the window can be dragged back', () => {
    const saved = { x: -500, y: 30, width: 700, height: 600 }
    expect(windowBoundsFor(saved, [LEFT])).toEqual(saved)
  })

  it.each([
    ['its screen is gone', { x: 1600, y: 40, width: 900, height: 700 }],
    ['only a sliver would show', { x: -640, y: 30, width: 700, height: 600 }],
    ['its top is above the screen', { x: 100, y: -50, width: 700, height: 600 }],
    ['its top is below the screen', { x: 100, y: 890, width: 700, height: 600 }],
    ['its top is behind the menu bar', { x: 100, y: 0, width: 700, height: 600 }],
  ])('is centred with the saved size if %s', (_title, saved) => {
    const { width, height } = saved
    expect(windowBoundsFor(saved, [LEFT])).toEqual({ width, height })
  })

  it('keeps the window within its screen and above the minimum size', () => {
    expect(windowBoundsFor({ x: 10, y: 30, width: 5000, height: 5000 }, [LEFT])).toEqual({
      x: 10,
      y: 30,
      width: 1440,
      height: 875,
    })
    expect(windowBoundsFor({ x: 10, y: 30, width: 200, height: 10 }, [LEFT])).toEqual({
      x: 10,
      y: 30,
      ...MIN_WINDOW_SIZE,
    })
    expect(windowBoundsFor(null, [])).toEqual({ width: 960, height: 680 })
  })
})
