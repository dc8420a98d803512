/**
 * Images are scaled down before they are sent: models do so anyway, and a photo's metadata contains its place and time.
 */

/** Vision models use no more than this. */
export const LONGEST_SIDE_PX = 1_568
export const MAX_PICTURES = 6
export const MAX_FILE_BYTES = 50_000_000
const JPEG_QUALITY = 0.88

export type PictureProblem = 'pictureNotImage' | 'pictureTooLarge' | 'pictureUnreadable'

/** The size of an image whose longest side is limited. Whole pixels, at least one. */
export function fit(width: number, height: number): { readonly width: number; readonly height: number } {
  const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** The reason why a file cannot be an image, before it is read. */
export function problemWith(file: Pick<File, 'type' | 'size' | 'name'>): PictureProblem | null {
  const isPicture =
    file.type.startsWith('image/') || /\.(?:heic|heif|jpe?g|png|webp|gif|avif|bmp)$/i.test(file.name)
  if (!isPicture) return 'pictureNotImage'
  return file.size > MAX_FILE_BYTES ? 'pictureTooLarge' : null
}

/** A JPEG without metadata, upright and scaled down. Fails if the browser cannot read the file. */
export async function preparePicture(file: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  try {
    const canvas = document.createElement('canvas')
    Object.assign(canvas, fit(bitmap.width, bitmap.height))
    const context = canvas.getContext('2d')
    if (context === null) throw new Error('no canvas')
    // JPEG has no transparency, so the background is white.
    context.fillStyle = '#fff'
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.imageSmoothingQuality = 'high'
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    return await new Promise((resolve, reject) => {
      canvas.toBlob(
        (blob) => (blob === null ? reject(new Error('no picture')) : resolve(blob)),
        'image/jpeg',
        JPEG_QUALITY,
      )
    })
  } finally {
    bitmap.close()
  }
}
