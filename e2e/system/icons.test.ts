import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { findChromium } from '../../scripts/chromium.mjs'
import { parsePng, type Picture } from '../support/png.ts'
import { ROOT } from '../support/program.ts'

const STATES = ['online', 'connecting', 'attention', 'off'] as const
const BUILD = join(ROOT, 'build')

function pictureAt(path: string, build = BUILD): Picture {
  return parsePng(readFileSync(join(build, path)))
}

/** Every fourth byte: how much of each pixel is covered. */
function coverageOf({ pixels }: Picture): number[] {
  return [...pixels].filter((_, at) => at % 4 === 3)
}

/** The share of the pixels that are clearly different. */
function differenceOf(a: readonly number[], b: readonly number[]): number {
  return a.filter((value, at) => Math.abs(value - b[at]!) > 96).length / a.length
}

/** The sizes of the pictures in an .ico: 6 bytes of head, 16 a picture, whose first byte is its width and 0 is 256. */
function icoSizes(path: string): number[] {
  const ico = readFileSync(join(BUILD, path))
  return Array.from({ length: ico.readUInt16LE(4) }, (_, index) => ico[6 + index * 16]! || 256)
}

describe.each(STATES)('the tray icon for %s', (state) => {
  it.each([
    ['Template', 16],
    ['-light', 24],
    ['-dark', 24],
  ])('%s exists in %i pixels and twice that', (kind, size) => {
    const base = `generated/tray/${state}${kind}`
    expect(pictureAt(`${base}.png`)).toMatchObject({ width: size, height: size })
    expect(pictureAt(`${base}@2x.png`)).toMatchObject({ width: size * 2, height: size * 2 })
  })

  it.each(['light', 'dark'])('exists for Windows, %s, in the sizes of its display scales', (style) => {
    expect(icoSizes(`generated/tray/${state}-${style}.ico`)).toEqual([16, 20, 24, 32, 48])
  })

  it('is black and transparent where macOS sets the colour', () => {
    const { pixels } = pictureAt(`generated/tray/${state}Template@2x.png`)
    expect([...pixels].filter((value, at) => at % 4 !== 3 && value !== 0)).toEqual([])
  })

  it.each([
    ['light', 255],
    ['dark', 31],
  ])('has one colour for other panels: %s', (style, colour) => {
    const { pixels } = pictureAt(`generated/tray/${state}-${style}.png`)
    const opaque = [...pixels].filter((_, at) => at % 4 === 0 && pixels[at + 3]! > 200)
    // The colour of a smoothed edge is rounded.
    expect(opaque.filter((value) => Math.abs(value - colour) > 2)).toEqual([])
    expect(opaque.length).toBeGreaterThan(0)
  })

  it.each(STATES.filter((other) => other !== state))('differs in shape from %s at 16 pixels', (other) => {
    const [mine, theirs] = [state, other].map((name) =>
      coverageOf(pictureAt(`generated/tray/${name}Template.png`)),
    )
    expect(differenceOf(mine!, theirs!)).toBeGreaterThan(0.1)
  })
})

describe('the app icon', () => {
  it.each([16, 24, 32, 48, 64, 128, 256, 512, 1024])('exists in %i pixels', (size) => {
    expect(pictureAt(`icons/${size}x${size}.png`)).toMatchObject({ width: size, height: size })
  })

  it('has every size that Windows requires in one file', () => {
    expect(icoSizes('icon.ico')).toEqual([16, 24, 32, 48, 64, 128, 256])
  })

  it('has every size that macOS requires in one file', () => {
    const icns = readFileSync(join(BUILD, 'icon.icns'))
    expect(icns.toString('latin1', 0, 4)).toBe('icns')
    const types: string[] = []
    for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) {
      types.push(icns.toString('latin1', at, at + 4))
    }
    expect(types.sort()).toEqual('ic04 ic05 ic07 ic08 ic09 ic10 ic11 ic12 ic13 ic14'.split(' '))
  })
})

const browser = findChromium()
const why = browser === undefined ? ' (not tried here: there is no Chromium)' : ''

describe.skipIf(browser === undefined)(`npm run icons${why}`, () => {
  it('produces the committed images', async () => {
    const drawn = mkdtempSync(join(tmpdir(), 'ctl-icons-'))
    try {
      await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/icons.mjs'), drawn])
      const names = readdirSync(drawn, { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.endsWith('.png'),
      )
      expect(names.length).toBe(STATES.length * 6 + 9)
      // Another version of the browser may smooth an edge in another way.
      const stale = names.filter((name) => {
        const [now, then] = [pictureAt(name, drawn), pictureAt(name)].map(({ pixels }) => [...pixels])
        return differenceOf(now!, then!) > 0.02
      })
      expect(stale).toEqual([])
    } finally {
      rmSync(drawn, { recursive: true, force: true })
    }
  })
})
