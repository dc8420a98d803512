import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ChatTurn } from '../chat/chat-view.ts'
import { AnswerTurn } from './answer-turn.tsx'
import { Icon } from './icon.tsx'
import { memo } from './memo.tsx'
import { UserTurn } from './user-turn.tsx'
import { useWords } from './words.ts'

/** Within this distance of the end, the list follows new text. */
const END_PX = 48
/** More than fits on a screen, and few enough to be rendered in one step. */
const FIRST_TURNS = 6
const MORE_TURNS = 2

interface MessageListProps {
  readonly turns: readonly ChatTurn[]
  readonly isRunning: boolean
}

/** The turns. Follows new text while the reader is at its end, and stays where the reader scrolled to. */
export const MessageList = memo<MessageListProps>(({ turns, isRunning }) => {
  const { t } = useWords()
  const lastQuestion = turns.findLast(({ role }) => role === 'user')?.id
  const { listRef, contentRef, isAtEnd, follow } = useFollowing(lastQuestion)
  const drawn = turns.slice(-useDrawnTurns(turns.length))
  return (
    <div class="messages-frame">
      <main class="messages" ref={listRef} aria-label={t('messages')} tabIndex={-1}>
        <div class="turns" ref={contentRef}>
          {drawn.map((turn, i) => {
            const TurnView = turn.role === 'user' ? UserTurn : AnswerTurn
            return (
              <TurnView key={turn.id} turn={turn} isLast={i === drawn.length - 1} isRunning={isRunning} />
            )
          })}
        </div>
      </main>
      {!isAtEnd && (
        <button
          class="jump"
          type="button"
          aria-label={t('jumpToLatest')}
          title={t('jumpToLatest')}
          onClick={follow}
        >
          <Icon name="down" />
        </button>
      )}
    </div>
  )
})

/** The number of turns to render, counted from the last. The beginning of a long conversation follows in steps. */
function useDrawnTurns(count: number): number {
  const [drawn, setDrawn] = useState(FIRST_TURNS)
  useEffect(() => {
    if (drawn >= count) return undefined
    const timer = setTimeout(() => setDrawn(drawn + MORE_TURNS))
    return () => clearTimeout(timer)
  }, [drawn, count])
  // A new question and its answer are rendered immediately: the turns at the beginning keep their elements.
  return count - drawn <= MORE_TURNS ? count : drawn
}

function isSelecting(list: HTMLElement): boolean {
  const selection = document.getSelection()
  return selection?.isCollapsed === false && list.contains(selection.anchorNode)
}

/** @param lastQuestion whenever it changes, the list goes to its end */
function useFollowing(lastQuestion: string | undefined) {
  const listRef = useRef<HTMLElement>(null)
  const contentRef = useRef<HTMLDivElement>(null)
  const isFollowing = useRef(true)
  const [isAtEnd, setIsAtEnd] = useState(true)
  const follow = (): void => {
    isFollowing.current = true
    setIsAtEnd(true)
    listRef.current?.scrollTo({ top: listRef.current.scrollHeight })
  }
  useLayoutEffect(follow, [lastQuestion])
  useLayoutEffect(() => {
    const list = listRef.current
    const content = contentRef.current
    if (list === null || content === null) return undefined
    let top = list.scrollTop
    const listen = (): void => {
      const isNearEnd = list.scrollHeight - list.clientHeight - list.scrollTop <= END_PX
      // Only the reader scrolls up: new text never does.
      if (isNearEnd) isFollowing.current = true
      else if (list.scrollTop < top) isFollowing.current = false
      top = list.scrollTop
      setIsAtEnd(isNearEnd || isFollowing.current)
    }
    const observer = new ResizeObserver(() => {
      // Selected text must not move away under the reader's finger.
      if (isFollowing.current && isSelecting(list)) isFollowing.current = false
      if (isFollowing.current) list.scrollTop = list.scrollHeight
      else listen()
    })
    observer.observe(content)
    observer.observe(list)
    list.addEventListener('scroll', listen, { passive: true })
    return () => {
      observer.disconnect()
      list.removeEventListener('scroll', listen)
    }
  }, [])
  return { listRef, contentRef, isAtEnd, follow }
}
