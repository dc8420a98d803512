import { useState } from 'preact/hooks'
import type { ChatTurn, TurnFigures } from '../chat/chat-view.ts'
import { isRunning as isUnfinished } from './announcer.tsx'
import { Markdown } from './answer/markdown.tsx'
import { BranchSwitch } from './branch-switch.tsx'
import { CopyButton, IconButton } from './button.tsx'
import { Icon } from './icon.tsx'
import { memo } from './memo.tsx'
import { modelLabel } from './model-label.ts'
import { useChatShell } from './shell.ts'
import { TurnStateLine } from './turn-state-line.tsx'
import { useWords } from './words.ts'

export interface TurnProps {
  readonly turn: ChatTurn
  readonly isLast: boolean
  /** An answer in this conversation is being generated: no answer can be requested again. */
  readonly isRunning: boolean
}

/** An answer: reasoning, text, state, and what can be done with it. */
export const AnswerTurn = memo<TurnProps>(({ turn, isLast, isRunning }) => {
  const { t } = useWords()
  const { actions } = useChatShell()
  const { id, text, thinking, state, model, figures, branch } = turn
  const isGrowing = isUnfinished(state)
  const canRetry = !isRunning && isLast
  // Its button asks for the answer again, as "Regenerate" does.
  const offersRetry = canRetry && state.kind === 'failed' && !state.canContinue
  return (
    <article class="turn answer" data-last={isLast} aria-busy={isGrowing}>
      <h2 class="answer-name">
        <bdi title={model ?? undefined}>{model === null ? t('assistant') : modelLabel(model)}</bdi>
      </h2>
      {thinking !== '' && <Thinking text={thinking} isComplete={!isGrowing || text !== ''} />}
      {text !== '' && <Markdown text={text} isComplete={!isGrowing} />}
      <TurnStateLine turn={turn} canRetry={canRetry} />
      <div class="turn-actions">
        {!isGrowing && (
          <>
            <BranchSwitch turnId={id} branch={branch} isDisabled={isRunning} />
            {text !== '' && <CopyButton text={text} label={t('copyAnswer')} />}
            {!offersRetry && (
              <IconButton
                icon="regenerate"
                label={t('regenerate')}
                isDisabled={isRunning}
                onPress={() => actions.regenerate(id)}
              />
            )}
            {figures !== null && <Figures figures={figures} />}
          </>
        )}
      </div>
    </article>
  )
})

interface ThinkingProps {
  readonly text: string
  readonly isComplete: boolean
}

/** The model's reasoning, collapsed. Rendered only while it is open. */
function Thinking({ text, isComplete }: ThinkingProps) {
  const { t } = useWords()
  const [isOpen, setIsOpen] = useState(false)
  return (
    <details class="thinking" open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary data-active={!isComplete}>
        {t(isComplete ? 'thinking' : 'thinkingNow')}
        <Icon name="down" />
      </summary>
      {isOpen && <Markdown text={text} isComplete={isComplete} />}
    </details>
  )
}

function Figures({ figures }: { readonly figures: TurnFigures }) {
  const words = useWords()
  const { tokens, tokensPerS, durationMs } = figures
  const rate =
    tokensPerS === null
      ? []
      : [
          words.t('tokensPerSecond', {
            rate: words.number(tokensPerS, { maximumFractionDigits: tokensPerS < 10 ? 1 : 0 }),
          }),
        ]
  return (
    <p class="figures">
      {[...rate, words.t('tokens', { count: tokens }), words.duration(durationMs)].join(' · ')}
    </p>
  )
}
