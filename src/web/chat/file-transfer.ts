import type { ChatStorage } from './chat-storage.ts'
import type { ExportFormat, Notice } from './chat-view.ts'
import { conversationsIn, fileNameFor, MAX_IMPORT_BYTES, toJson, toMarkdown } from './export-file.ts'
import type { Library } from './library.ts'
import type { Page } from './page.ts'

export interface FileTransferOptions {
  readonly storage: ChatStorage
  readonly page: Pick<Page, 'saveFile'>
  readonly library: Library
  readonly onNotice: (notice: Notice) => void
}

/** Conversations to and from files. */
export class FileTransfer {
  readonly #options: FileTransferOptions

  constructor(options: FileTransferOptions) {
    this.#options = options
  }

  /** @param id `null` for all conversations */
  async export(format: ExportFormat, id: string | null): Promise<void> {
    const { storage, page, onNotice } = this.#options
    try {
      const all = await storage.conversations()
      const conversations = id === null ? all : all.filter((conversation) => conversation.id === id)
      const turns = id === null ? await storage.allTurns() : await storage.turnsOf(id)
      const name = fileNameFor(id === null ? 'chats' : conversations[0]?.title)
      if (format === 'markdown')
        return page.saveFile(`${name}.md`, 'text/markdown', toMarkdown(conversations, turns))
      page.saveFile(`${name}.json`, 'application/json', await toJson(conversations, turns))
    } catch {
      onNotice({ kind: 'exportFailed' })
    }
  }

  async import(file: Blob): Promise<void> {
    const { library, onNotice } = this.#options
    const text = file.size > MAX_IMPORT_BYTES ? '' : await file.text().catch(() => '')
    const found = conversationsIn(text)
    if (found === null) return onNotice({ kind: 'notAnExport' })
    const count = await library.add(found.conversations, found.turns)
    if (count !== null) onNotice({ kind: 'imported', count })
  }
}
