import type { TabLocks } from './answers.ts'
import type { StorageFacts } from './chat-view.ts'

export interface PageListeners {
  /** The page is visible or the network is back. */
  readonly onWake: () => void
  /** The page may end. */
  readonly onLeave: () => void
  /** Any other news. */
  readonly onFacts: () => void
}

/** The port for what belongs to the page and its browser. */
export interface Page {
  readonly locks: TabLocks
  isOnline(): boolean
  isVisible(): boolean
  watch(listeners: PageListeners): void
  /** Small values that all tabs share, such as the key. */
  readonly values: { get(name: string): string | null; set(name: string, value: string | null): void }
  /** The conversation that this tab shows, kept in its history; `''` for one without messages. */
  readonly place: {
    /** `null` in a new tab. */
    now(): string | null
    /** @param isStep whether the browser's *Back* returns to the previous one */
    enter(conversationId: string, isStep: boolean): void
    /** Calls back after *Back* and *Forward*. */
    onReturn(listener: (conversationId: string) => void): void
  }
  /** Notifies the other tabs that conversations were stored. */
  tell(conversationId: string | null): void
  onTold(listener: (conversationId: string | null) => void): void
  /** Calls back before the next frame is rendered. */
  beforeFrame(callback: () => void): void
  imageUrl(blob: Blob): string
  dropImageUrl(url: string): void
  saveFile(name: string, type: string, text: string): void
  /** Asks the browser not to delete the conversations under pressure. */
  persist(): Promise<void>
  storageFacts(): Promise<Omit<StorageFacts, 'isTemporary'>>
  readonly canInstall: boolean
  readonly hasUpdate: boolean
  install(): void
  applyUpdate(): void
}
