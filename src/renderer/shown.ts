import { useEffect, useRef } from 'preact/hooks'

/** Whether the component is still on screen, for what ends later. */
export function useShown(): { readonly current: boolean } {
  const shown = useRef(true)
  useEffect(() => () => void (shown.current = false), [])
  return shown
}
