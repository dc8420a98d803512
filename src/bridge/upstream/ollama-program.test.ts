import { describe, expect, it } from 'vitest'
import { ollamaProgram } from './ollama-program.ts'

const at =
  (...paths: string[]) =>
  (path: string) =>
    paths.includes(path)

describe('Ollama', () => {
  it('is started as a server if there is no app', () => {
    expect(ollamaProgram('linux', { PATH: '/bin:/opt/o' }, at('/opt/o/ollama'))).toEqual({
      command: '/opt/o/ollama',
      args: ['serve'],
    })
  })

  it('is found even if a desktop session’s PATH lacks it', () => {
    expect(ollamaProgram('linux', {}, at('/usr/local/bin/ollama'))?.command).toBe('/usr/local/bin/ollama')
  })

  it('is never started from a relative path', () => {
    expect(ollamaProgram('linux', { PATH: '.:bin' }, () => true)?.command).toBe('/usr/local/bin/ollama')
  })

  it('is opened as an app on macOS, or started as a server if only the program is there', () => {
    expect(ollamaProgram('darwin', {}, at('/Applications/Ollama.app'))?.args).toEqual([
      '-a',
      '/Applications/Ollama.app',
    ])
    expect(ollamaProgram('darwin', {}, at('/opt/homebrew/bin/ollama'))?.args).toEqual(['serve'])
  })

  it('that is not installed cannot be started', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const)
      expect(ollamaProgram(platform, { PATH: '/bin', LOCALAPPDATA: 'C:\\x' }, () => false)).toBeNull()
  })
})
