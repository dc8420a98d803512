import type { QrView } from '../../shared/ipc/view.ts'

/** Quiet zone around a QR code, in modules (ISO/IEC 18004, 9.1). */
const QUIET_ZONE = 4

interface QrPictureProps {
  readonly qr: QrView
  readonly label: string
}

export function QrPicture({ qr: { rows }, label }: QrPictureProps) {
  const size = rows.length + 2 * QUIET_ZONE
  const dark = rows.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x + QUIET_ZONE} ${y + QUIET_ZONE}h1v1h-1z`] : [])),
  )
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={dark.join('')} fill="#000" />
    </svg>
  )
}
