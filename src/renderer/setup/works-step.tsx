import { useEffect, useRef } from 'preact/hooks'
import type { AppView } from '../../shared/ipc/view.ts'
import { Button, EndpointCopyButton } from '../parts/button.tsx'
import { Card, CopyLine, Message } from '../parts/card.tsx'
import { Hero } from '../parts/hero.tsx'
import { TestChatButton, TestChatResult, useTestChat } from '../parts/test-chat.tsx'
import { StepTitle } from './step-title.tsx'

interface WorksStepProps {
  readonly view: AppView
  readonly onLeave: () => void
}

/** Sends a first chat as soon as it can be answered, and shows the result. */
export function WorksStep({ view: { connection, upstream, endpoint }, onLeave }: WorksStepProps) {
  const chat = useTestChat()
  const hasTried = useRef(false)
  const isOnline = connection.kind === 'online'
  const isReady = isOnline && upstream.kind === 'up'
  useEffect(() => {
    if (!isReady || hasTried.current) return
    hasTried.current = true
    chat.send()
  })

  if (!isOnline || endpoint === null)
    return (
      <>
        <Hero connection={connection} running={0} />
        <div class="row">
          <Button kind="quiet" onPress={onLeave}>
            Continue without waiting
          </Button>
        </div>
      </>
    )
  const hasAnswer = chat.outcome?.kind === 'answered'
  return (
    <>
      <StepTitle>{hasAnswer ? 'It works' : 'You are online'}</StepTitle>
      <p class="lead">
        {hasAnswer
          ? 'Your model answered through the relay.'
          : 'The last step is one short chat through the relay and back.'}
      </p>
      {upstream.kind !== 'up' && <Message kind="warning" title={upstream.title} text={upstream.detail} />}
      <div class="stack">
        <TestChatResult chat={chat} />
        <div class="row">
          <TestChatButton chat={chat} isPossible={upstream.kind === 'up'} />
        </div>
      </div>
      <Card title="For your clients">
        <CopyLine label="Address" text={endpoint.url}>
          <EndpointCopyButton what="url" label="Copy address" />
        </CopyLine>
        <CopyLine label="Key" text="••••••••••••••••">
          <EndpointCopyButton what="key" label="Copy key" />
        </CopyLine>
      </Card>
      <div class="row">
        <Button kind="primary" onPress={onLeave}>
          Done
        </Button>
      </div>
    </>
  )
}
