import { useLayoutEffect, useRef } from 'preact/hooks'

/** A heading that takes a lost focus, so that keyboard and screen reader continue at the start of the new step. */
export function StepTitle({ children }: { readonly children: string }) {
  const ref = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    if (document.activeElement === document.body) ref.current?.focus()
  }, [children])
  return (
    <h1 ref={ref} tabIndex={-1}>
      {children}
    </h1>
  )
}
