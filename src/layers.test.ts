import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseSync } from 'vite'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')

/** One module and what it imports: paths from the repository's root for our own files, bare names for the rest. */
interface Module {
  readonly path: string
  readonly imports: readonly string[]
  readonly exports: readonly string[]
}

const COMPUTED = '(computed)'

interface Rule {
  /** Which modules it binds, by path. */
  readonly from: RegExp
  readonly mustNotImport: RegExp
  readonly why: string
}

const RULES: readonly Rule[] = [
  {
    from: /^src\/shared\/(?!ipc\/)/,
    mustNotImport: /^(?!src\/shared\/)/,
    why: 'shared is the leaf: it runs in every process, sandboxed ones included, so it has no dependency at all',
  },
  {
    from: /^src\/shared\/ipc\//,
    mustNotImport: /^(?!src\/shared\/|zod$)/,
    why: 'the contract between window and main process is checked by schemas, and by nothing else',
  },
  {
    from: /^src\/tunnel\//,
    mustNotImport: /^src\/(?!shared\/|tunnel\/)/,
    why: 'the tunnel carries bytes for both ends and belongs to neither',
  },
  {
    from: /^src\/tunnel\//,
    mustNotImport: /^node:(?:http|https|http2|net|tls|fs)/,
    why: 'the tunnel knows nothing of HTTP, sockets or files: carriers are a port',
  },
  {
    from: /^src\/bridge\//,
    mustNotImport: /^src\/(?!shared\/|tunnel\/|bridge\/)/,
    why: 'the desktop end must run without a relay, a command line or a window',
  },
  {
    from: /^src\/front\//,
    mustNotImport: /^src\/(?!shared\/|tunnel\/|front\/)/,
    why: 'the front serves a relay as well as an edge on the desktop, so what stands behind it is a port',
  },
  {
    from: /^src\/relay\/(?:limits|auth|tunnels|routing|observe)\//,
    mustNotImport: /^src\/relay\/(?:cluster|http|jobs)\//,
    why: 'who may ask, how much and of which device is decided without HTTP routes, and the same for one relay as for several',
  },
  {
    from: /^src\/relay\/http\//,
    mustNotImport: /^src\/relay\/cluster\//,
    why: 'requests know other relays as a port that the cluster implements',
  },
  {
    from: /^src\/relay\/jobs\//,
    mustNotImport: /^src\/relay\/(?:cluster|http|tunnels|routing)\//,
    why: 'watchers read jobs by requests like those of any client, and know neither tunnels nor other relays',
  },
  {
    from: /^src\/relay\/cluster\//,
    mustNotImport: /^src\/relay\/(?:http|observe)\//,
    why: 'the cluster finds devices and passes requests on; it serves none itself',
  },
  {
    from: /^src\/relay\//,
    mustNotImport: /^src\/(?!shared\/|tunnel\/|front\/|relay\/)/,
    why: 'the two ends meet on the wire only; a relay never contains the code that checks keys',
  },
  {
    from: /^src\/bridge\/policy\//,
    mustNotImport: /^(?:src\/bridge\/(?!policy\/)|node:(?!util$|zlib$))/,
    why: 'what a key may do is decided by pure functions that can be read by themselves',
  },
  {
    from: /^src\/bridge\/supervisor\/machine\.ts$/,
    mustNotImport: /^(?!src\/shared\/|src\/bridge\/supervisor\/tunnel-state\.ts$)/,
    why: 'when to reconnect is a pure function of state, event, time and chance',
  },
  {
    from: /^src\/(?!main\/(?:shell\/|main\.ts$)|preload\/)/,
    mustNotImport: /^(?:electron|electron-updater|original-fs)(?:$|\/)/,
    why: 'the desktop shell is a thin adapter; nothing that decides depends on it',
  },
  {
    from: /^src\/main\//,
    mustNotImport: /^src\/(?!shared\/|tunnel\/|bridge\/|main\/)/,
    why: 'the app is a desktop end: its built-in relay is another process, reached like any relay',
  },
  {
    from: /^src\/main\/view\//,
    mustNotImport: /^(?:node:|src\/main\/(?!view\/))/,
    why: 'what is shown is a pure function of what is so',
  },
  {
    from: /^src\/main\/app\//,
    mustNotImport: /^src\/main\/shell\//,
    why: 'the app runs without Electron, over ports',
  },
  {
    from: /^src\/renderer\//,
    mustNotImport: /^(?!src\/(?:renderer|shared)\/|preact(?:\/hooks)?$)/,
    why: 'the window is not trusted: it knows the contract and nothing of what is behind it',
  },
  {
    from: /^src\/web\//,
    mustNotImport: /^(?!src\/(?:web|shared)\/|(?:preact(?:\/hooks)?|idb|marked)$)/,
    why: 'the chat page runs in browsers that know nothing but its files and the public API',
  },
  {
    from: /^src\/web\/(?!view\/|main\.tsx$)/,
    mustNotImport: /^(?:preact|src\/web\/view\/)/,
    why: 'the engine of the chat page runs without a page',
  },
  {
    from: /^src\/built-in-relay\//,
    mustNotImport: /^src\/(?!shared\/|tunnel\/|relay\/|built-in-relay\/|bridge\/log\/)/,
    why: 'the process of the built-in relay contains nothing of the desktop end but its log',
  },
  {
    from: /^src\/(?!built-in-relay\/)/,
    mustNotImport: /^src\/built-in-relay\//,
    why: 'the app starts the built-in relay and knows only its messages',
  },
  {
    from: /^src\/preload\//,
    mustNotImport: /^(?!src\/(?:preload|shared)\/|electron$)/,
    why: 'a sandboxed preload script can load nothing but electron',
  },
  {
    from: /^src\//,
    mustNotImport: /^(?:e2e|bench|scripts|docs)\/|\.test(?:-support)?\.ts$/,
    why: 'the product does not contain its tests',
  },
]

function foldersIn(path: string): string[] {
  return (
    readdirSync(join(ROOT, path), { withFileTypes: true })
      // Git knows no empty folders.
      .filter((entry) => entry.isDirectory() && readdirSync(join(ROOT, path, entry.name)).length > 0)
      .map(({ name }) => name)
      .sort()
  )
}

function modulesUnder(path: string): Module[] {
  return readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.test(?:-support)?\.tsx?$/.test(file))
    .map((file) => {
      const at = join(path, file).replaceAll('\\', '/')
      return toModule(at, readFileSync(join(ROOT, at), 'utf8'))
    })
}

function toModule(path: string, source: string): Module {
  const { program, module, errors } = parseSync(path, source)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const imports: string[] = []
  // Visits every node, with a function in the place where `JSON.stringify` takes a filter.
  JSON.stringify(program, (_name, node: unknown) => {
    if (isImport(node) && node.source !== null) imports.push(toTarget(path, node.source.value ?? COMPUTED))
    return typeof node === 'bigint' ? null : node
  })
  return {
    path,
    imports,
    exports: module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ exportName: { kind, name } }) => (kind === 'Default' ? ['default'] : (name ?? []))),
    ),
  }
}

/** Any of its forms: a declaration, a re-export, an expression or a type. A computed name has no `value`. */
function isImport(node: unknown): node is { readonly source: { readonly value?: string } | null } {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, 'source')
}

function toTarget(path: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier
  return relative(ROOT, resolve(ROOT, dirname(path), specifier)).replaceAll('\\', '/')
}

function violationsOf({ from, mustNotImport }: Rule, modules: readonly Module[]): string[] {
  return modules
    .filter(({ path }) => from.test(path))
    .flatMap(({ path, imports }) =>
      imports.filter((target) => mustNotImport.test(target)).map((target) => `${path} -> ${target}`),
    )
}

const modules = modulesUnder('src')

describe('the layers', () => {
  it.each(RULES)('are respected, because $why', (rule) => {
    expect(modules.some(({ path }) => rule.from.test(path))).toBe(true)
    expect(violationsOf(rule, modules)).toEqual([])
  })

  it('are checked for every form of import, including types and re-exports', () => {
    const module = toModule(
      'src/shared/x.ts',
      `import { a } from '../relay/a.ts'
       import type { B } from '../relay/b.ts'
       import '../relay/c.ts'
       export { d } from '../relay/d.ts'
       export const load = () => import('../relay/e.ts')
       export type { F } from '../relay/f.ts'
       export * from '../relay/g.ts'
       export let h: import('../relay/h.ts').H`,
    )
    const [sharedIsLeaf] = RULES
    const seen = violationsOf(sharedIsLeaf!, [module]).map((violation) => violation.slice(-4, -3))
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
  })

  it('cannot be bypassed by a computed import', () => {
    expect(modules.filter(({ imports }) => imports.includes(COMPUTED))).toEqual([])
  })
})

describe('the modules', () => {
  it('have named exports only: a default export has another name at every import', () => {
    const nameless = modules.filter(({ exports }) => exports.includes('default')).map(({ path }) => path)
    expect(nameless).toEqual([])
  })

  it('are named by their content, not their purpose', () => {
    const vague = /(?:^|[/.-])(?:utils?|helpers?|common|misc|index)(?:[/.-]|$)/
    expect(modules.map(({ path }) => path).filter((path) => vague.test(path))).toEqual([])
    const odd = modules.filter(
      ({ path }) => !/^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.tsx?$/.test(path.split('/').at(-1)!),
    )
    expect(odd.map(({ path }) => path)).toEqual([])
  })
})

describe('the folders', () => {
  const architecture = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')
  const ignored = new Set(
    readFileSync(join(ROOT, '.gitignore'), 'utf8')
      .split('\n')
      .map((line) => line.replace(/\/$/, '')),
  )
  const top = foldersIn('.').filter((name) => !name.startsWith('.') && !ignored.has(name))
  const domains = ['src', 'src/bridge', 'src/main', 'src/relay'].flatMap((path) =>
    foldersIn(path).map((name) => `${path}/${name}`),
  )

  it('are a closed set: docs/architecture.md has a row for each, and no others', () => {
    const listed = [...architecture.matchAll(/^\| `([a-z0-9/-]+)\/` \|/gm)].map(([, path]) => path)
    expect(new Set(listed)).toEqual(new Set([...top, ...domains]))
  })

  it('of the relay import each other in one direction only', () => {
    const isTop = /^src\/relay\/(?:relay|composition|job-composition)\.ts$/
    const folders = modules.filter(({ path }) => path.startsWith('src/relay/') && !isTop.test(path))
    const imported = new Map(folders.map(({ path }) => [dirname(path), new Set<string>()]))
    for (const { path, imports } of folders)
      for (const target of imports.map((file) => dirname(file)))
        if (target !== dirname(path) && imported.has(target)) imported.get(dirname(path))!.add(target)
    // Take away folders that import no other one, until none is left, or a cycle.
    for (let leaf = leafOf(imported); leaf !== undefined; leaf = leafOf(imported)) {
      imported.delete(leaf)
      for (const others of imported.values()) others.delete(leaf)
    }
    expect(Object.fromEntries(imported)).toEqual({})
  })

  it.each([...domains, 'e2e', 'bench'])('%s has a README', (path) => {
    expect(existsSync(join(ROOT, path, 'README.md'))).toBe(true)
  })
})

function leafOf(imported: ReadonlyMap<string, ReadonlySet<string>>): string | undefined {
  return [...imported].find(([, others]) => others.size === 0)?.[0]
}

describe('the documents', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']
  const inDocs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
  pages.push(...inDocs.map((name) => `docs/${name}`))

  it.each(pages)('refer to existing files only: %s', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8')
    const links = [...text.matchAll(/(?:\]\(|src=")(?!https?:)([^)#"]+)/g)].map(([, link = '']) =>
      join(dirname(page), link),
    )
    const files = [...text.matchAll(/`((?:src|docs|e2e|bench|scripts)\/[\w./-]*)`/g)].map(
      ([, file = '']) => file,
    )
    expect([...links, ...files].filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })
})
