import { useLayoutEffect, useRef } from 'preact/hooks'

/**
 * Whether the component is still on screen, for what ends later. A layout effect: Preact runs the cleanup of any other one
 * only after the next frame, and an answer may arrive before.
 */
export function useShown(): { readonly current: boolean } {
  const shown = useRef(true)
  useLayoutEffect(() => () => void (shown.current = false), [])
  return shown
}
