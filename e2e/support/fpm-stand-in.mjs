#!/usr/bin/env node
// Implements what electron-builder needs of fpm for a Debian package, with dpkg-deb: fpm itself is not in Debian. An
// that it does not know ends it, so that a change of what is asked is noticed.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const one = { type: 'string' }
const many = { type: 'string', multiple: true }
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'input-type': { ...one, short: 's' },
    'output-type': { ...one, short: 't' },
    force: { type: 'boolean' },
    depends: { ...many, short: 'd', default: [] },
    'deb-recommends': { ...many, default: [] },
    'deb-compression': one,
    'deb-priority': one,
    architecture: one,
    'after-install': one,
    'after-remove': one,
    description: one,
    version: one,
    package: one,
    name: one,
    maintainer: one,
    vendor: one,
    url: one,
    category: one,
    license: one,
  },
})
const root = mkdtempSync(join(tmpdir(), 'deb-'))
try {
  for (const mapping of positionals) put(...mapping.split('='))
  mkdirSync(join(root, 'DEBIAN'))
  writeFileSync(join(root, 'DEBIAN/control'), controlFor(values))
  script('postinst', values['after-install'])
  script('postrm', values['after-remove'])
  execFileSync('dpkg-deb', [
    '--root-owner-group',
    '-Z' + values['deb-compression'],
    '-b',
    root,
    values.package,
  ])
} finally {
  rmSync(root, { recursive: true, force: true })
}

/** A folder that ends in a slash goes into a folder, a file becomes a file. */
function put(from, to) {
  if (!existsSync(from)) throw new Error(`Not there: ${from}`)
  const target = statSync(from).isDirectory() && !from.endsWith('/') ? join(to, basename(from)) : to
  mkdirSync(dirname(join(root, target)), { recursive: true })
  cpSync(from, join(root, target), { recursive: true, verbatimSymlinks: true })
}

function script(name, from) {
  const path = join(root, 'DEBIAN', name)
  writeFileSync(path, readFileSync(from))
  chmodSync(path, 0o755)
}

function controlFor(of) {
  const [summary = '', ...more] = of.description.split('\n').map((line) => line.trim())
  const kib = execFileSync('du', ['-sk', '--apparent-size', root], { encoding: 'utf8' }).split('\t')[0]
  const fields = {
    Package: of.name,
    Version: of.version,
    License: of.license,
    Vendor: of.vendor,
    Architecture: of.architecture,
    Maintainer: of.maintainer,
    'Installed-Size': kib,
    Depends: of.depends.join(', '),
    Recommends: of['deb-recommends'].join(', '),
    Section: of.category,
    Priority: of['deb-priority'],
    Homepage: of.url,
    Description: [summary, ...more].join('\n '),
  }
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')
}
