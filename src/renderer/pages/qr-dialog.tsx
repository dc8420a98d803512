import type { QrView } from '../../shared/ipc/view.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'

/** Modules of white around a QR code (ISO/IEC 18004, 9.1). */
const QUIET_ZONE = 4

interface QrDialogProps {
  readonly qr: QrView
  readonly onClose: () => void
}

export function QrDialog({ qr, onClose }: QrDialogProps) {
  return (
    <Dialog title="Scan with your phone" onClose={onClose}>
      <QrPicture qr={qr} />
      <p class="muted">It contains your address and a key. Anyone who scans it can use your models.</p>
      <div class="dialog-actions">
        <Button onPress={onClose}>Close</Button>
      </div>
    </Dialog>
  )
}

function QrPicture({ qr: { rows } }: { readonly qr: QrView }) {
  const size = rows.length + 2 * QUIET_ZONE
  const dark = rows.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x + QUIET_ZONE} ${y + QUIET_ZONE}h1v1h-1z`] : [])),
  )
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label="QR code of the address with key"
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={dark.join('')} fill="#000" />
    </svg>
  )
}
