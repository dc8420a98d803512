import { delimiter, join } from 'node:path'

/** A program to start. */
export interface StartLine {
  readonly command: string
  readonly args: readonly string[]
}

/**
 * Finds an installed Ollama that this user can start: its app on macOS and Windows, `ollama serve` elsewhere.
 * @param exists whether a file is there
 */
export function ollamaProgram(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  exists: (path: string) => boolean,
): StartLine | null {
  if (platform === 'darwin') {
    const app = '/Applications/Ollama.app'
    if (exists(app)) return { command: '/usr/bin/open', args: ['-a', app] }
  }
  if (platform === 'win32') {
    const app = join(env['LOCALAPPDATA'] ?? '', 'Programs', 'Ollama', 'ollama app.exe')
    return exists(app) ? { command: app, args: [] } : null
  }
  const folders = [...(env['PATH'] ?? '').split(delimiter), '/usr/local/bin', '/opt/homebrew/bin']
  const command = folders
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, 'ollama'))
    .find(exists)
  return command === undefined ? null : { command, args: ['serve'] }
}
