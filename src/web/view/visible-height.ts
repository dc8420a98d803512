import { useEffect } from 'preact/hooks'

/** Keeps the page above the on-screen keyboard in browsers that lay it over the page (`--visible-height`). */
export function useVisibleHeight(): void {
  useEffect(() => {
    const viewport = window.visualViewport
    if (viewport === null) return undefined
    const { style } = document.documentElement
    const listen = (): void => {
      // Zoomed in, a part of the page is meant to be out of sight.
      if (viewport.scale > 1.01) return
      style.setProperty('--visible-height', `${viewport.height}px`)
      if (viewport.offsetTop > 0) window.scrollTo(0, 0)
    }
    listen()
    viewport.addEventListener('resize', listen)
    return () => viewport.removeEventListener('resize', listen)
  }, [])
}
