import type { Advice } from './chat-view.ts'
import type { RunProblem } from './answer-run.ts'

/** The text for a failed answer: the cause, then the remedy. */
export function adviceFor(problem: RunProblem): Advice {
  switch (problem.kind) {
    case 'lost':
      return {
        message: 'The desktop no longer has the rest of this answer.',
        advice: 'Regenerate to ask again.',
      }
    case 'unreadable':
      return { message: 'The answer could not be read.', advice: 'Regenerate to ask again.' }
    case 'keyRefused':
      return { message: problem.message, advice: 'Create a new key on the desktop and open its link here.' }
    case 'refused':
      return { message: problem.message, advice: '' }
  }
}

export const STORAGE_FULL: Advice = {
  message: 'This browser has no room left for conversations.',
  advice: 'Export and delete old ones. New messages are not saved until then.',
}

export const STORAGE_FAILED: Advice = {
  message: 'This browser could not save the conversation.',
  advice: 'Copy what you need before you close the page.',
}

export const NO_KEY_IN_TEXT: Advice = {
  message: 'This is not a key.',
  advice: 'Paste the whole key or link that the desktop app shows.',
}

export const NOT_AN_EXPORT: Advice = {
  message: 'This file contains no conversations.',
  advice: 'Choose a JSON file that this page exported.',
}
