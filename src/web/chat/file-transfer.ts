import type { ChatActions, ExportFormat } from './chat-view.ts'
import { conversationsIn, fileNameFor, MAX_FILE_CHARS, toJson, toMarkdown } from './export-file.ts'
import type { Library } from './library.ts'
import type { PageNotices } from './page-notices.ts'
import type { Page } from './page.ts'

export interface FileTransferOptions {
  readonly page: Pick<Page, 'saveFile'>
  readonly library: Library
  readonly notices: Pick<PageNotices, 'show'>
}

export type FileActions = Pick<ChatActions, 'exportAs' | 'importFrom'>

/** Conversations to and from files. */
export class FileTransfer {
  readonly #options: FileTransferOptions

  readonly actions: FileActions = {
    exportAs: (format, id) => void this.#export(format, id),
    importFrom: (file) => void this.#import(file),
  }

  constructor(options: FileTransferOptions) {
    this.#options = options
  }

  async #export(format: ExportFormat, id: string | null): Promise<void> {
    const { library, page, notices } = this.#options
    try {
      const { conversations, turns } = await library.contents(id)
      const name = fileNameFor(id === null ? 'chats' : conversations[0]?.title)
      if (format === 'markdown')
        return page.saveFile(`${name}.md`, 'text/markdown', toMarkdown(conversations, turns))
      const text = await toJson(conversations, turns)
      if (text.length > MAX_FILE_CHARS) throw new Error('The file could not be imported.')
      page.saveFile(`${name}.json`, 'application/json', text)
    } catch {
      notices.show({ kind: 'exportFailed' })
    }
  }

  async #import(file: Blob): Promise<void> {
    const { library, notices } = this.#options
    if (file.size > MAX_FILE_CHARS) return notices.show({ kind: 'importTooLarge' })
    notices.show({ kind: 'importing' })
    const found = conversationsIn(await file.text().catch(() => ''))
    if (typeof found === 'string') return notices.show({ kind: found })
    const count = await library.add(found.conversations, found.turns)
    if (count !== null) notices.show({ kind: 'imported', count })
  }
}
