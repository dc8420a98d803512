import { useEffect, useState } from 'preact/hooks'

const TICK_MS = 1_000

/** The time, milliseconds since the epoch. Renders the component every second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}
