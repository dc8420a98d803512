// npm run icons [DIR]: renders all shipped icons from the SVG files in build/ with Chromium, and writes them to build/
// (or DIR). The output is committed, so packaging needs no browser.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { IconIcns, IconIco } from '@shockpkg/icon-encoder'
import { chromium } from 'playwright-core'
import { findChromium, launchOptionsFor } from './chromium.mjs'
import { root } from './project.mjs'

const STATES = ['online', 'connecting', 'attention', 'off']
/** Colour of a glyph: `light` is for dark panels, `dark` for light ones. */
const COLOURS = { light: '#ffffff', dark: '#1f1f1f' }

/** A tray image: size and colour. */
const TRAY_PNGS = [
  { name: 'Template', size: 16, colour: '#000000' },
  { name: '-light', size: 24, colour: COLOURS.light },
  { name: '-dark', size: 24, colour: COLOURS.dark },
]
const TRAY_ICO_SIZES = [16, 20, 24, 32, 48]

const APP_SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024]
const APP_ICO_SIZES = [16, 24, 32, 48, 64, 128, 256]
/** Apple's type for each image in an .icns, and its size in pixels. */
const ICNS_TYPES = {
  ic04: 16,
  ic11: 32,
  ic05: 32,
  ic12: 64,
  ic07: 128,
  ic13: 256,
  ic08: 256,
  ic14: 512,
  ic09: 512,
  ic10: 1024,
}
/** Apple's icon grid has a margin of about a tenth on each side. */
const MACOS_VIEW_BOX = '-110 -110 1244 1244'

const from = join(root, 'build')
const to = resolve(process.argv[2] ?? from)

const executablePath = findChromium()
if (executablePath === undefined) {
  process.stderr.write('Chromium, Chrome or Edge is needed to draw the icons. Install one of them.\n')
  process.exit(1)
}
const browser = await chromium.launch(launchOptionsFor(executablePath))
try {
  const page = await browser.newPage({ viewport: { width: 1024, height: 1024 } })
  for (const folder of ['generated', 'icons']) rmSync(join(to, folder), { recursive: true, force: true })
  for (const state of STATES) await writeTrayIcons(page, state)
  await writeAppIcons(page)
} finally {
  await browser.close()
}

async function writeTrayIcons(page, state) {
  const svg = readFileSync(join(from, 'tray', `${state}.svg`), 'utf8')
  const base = `generated/tray/${state}`
  for (const { name, size, ...look } of TRAY_PNGS) {
    write(`${base}${name}.png`, await draw(page, styled(svg, look), size))
    write(`${base}${name}@2x.png`, await draw(page, styled(svg, look), size * 2))
  }
  for (const [name, colour] of Object.entries(COLOURS)) {
    write(`${base}-${name}.ico`, await icoFor(page, styled(svg, { colour }), TRAY_ICO_SIZES))
  }
}

async function writeAppIcons(page) {
  const svg = readFileSync(join(from, 'icon.svg'), 'utf8')
  for (const size of APP_SIZES) write(`icons/${size}x${size}.png`, await draw(page, svg, size))
  write('icon.ico', await icoFor(page, svg, APP_ICO_SIZES))
  const icns = new IconIcns()
  for (const [type, size] of Object.entries(ICNS_TYPES)) {
    await icns.addFromPng(await draw(page, withViewBox(svg, MACOS_VIEW_BOX), size), [type])
  }
  write('icon.icns', icns.encode())
}

async function icoFor(page, svg, sizes) {
  const ico = new IconIco()
  for (const size of sizes) await ico.addFromPng(await draw(page, svg, size))
  return ico.encode()
}

function styled(svg, { colour }) {
  return svg.replace('<svg ', `<svg color="${colour}" `)
}

function withViewBox(svg, viewBox) {
  return svg.replace(/viewBox="[^"]*"/, `viewBox="${viewBox}"`)
}

/** Renders a drawing to a PNG with a transparent background, at a size in pixels. */
async function draw(page, svg, size) {
  const sized = svg.replace('<svg ', `<svg width="${size}" height="${size}" style="display:block" `)
  await page.setContent(`<body style="margin:0">${sized}</body>`)
  return page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: size, height: size } })
}

function write(name, bytes) {
  const path = join(to, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}
