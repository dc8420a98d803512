/** The cloud of the app's icon. */
export function Brand() {
  return (
    <svg class="brand" viewBox="0 0 16 16" aria-hidden>
      <path
        d="M3.75 14A3.75 3.75 0 0 1 2.76 6.63A5 5 0 0 1 12.73 6.53A3.75 3.75 0 0 1 12.25 14H10V11.5a2 2 0 0 0-4 0V14Z"
        fill="currentColor"
      />
    </svg>
  )
}
