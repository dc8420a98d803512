import type { ActionId, ActionView } from '../../shared/ipc/view.ts'
import type { ViewWords } from './words/view-words.ts'

/** A button. */
export function actionFor({ t }: ViewWords, id: ActionId, label: string = t(`action.${id}`)): ActionView {
  return { id, label }
}
