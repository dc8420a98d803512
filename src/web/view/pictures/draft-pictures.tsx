import { useEffect, useRef, useState } from 'preact/hooks'
import { IconButton } from '../button.tsx'
import { useWords } from '../words.ts'
import {
  MAX_FILE_BYTES,
  MAX_PICTURES,
  preparePicture,
  problemWith,
  type PictureProblem,
} from './prepare-picture.ts'

/** An image of a message that has not been sent. */
export interface DraftPicture {
  readonly url: string
  readonly blob: Blob
}

/** Adds images from files, the clipboard and drag and drop, and reports why one cannot be added. */
export function usePictures(
  pictures: readonly DraftPicture[],
  onChange: (pictures: readonly DraftPicture[]) => void,
) {
  const words = useWords()
  const [problem, setProblem] = useState<string | null>(null)
  const newest = useRef({ pictures, onChange })
  newest.current = { pictures, onChange }
  const refuse = (name: string, why: PictureProblem): void =>
    setProblem(words.t(why, { name, size: words.size(MAX_FILE_BYTES) }))
  const addOne = async (file: File): Promise<void> => {
    const why = problemWith(file)
    if (why !== null) return refuse(file.name, why)
    try {
      const blob = await preparePicture(file)
      const { pictures: before, onChange: change } = newest.current
      if (before.length >= MAX_PICTURES)
        return setProblem(words.t('picturesTooMany', { count: MAX_PICTURES }))
      const after = [...before, { blob, url: URL.createObjectURL(blob) }]
      newest.current = { pictures: after, onChange: change }
      change(after)
    } catch {
      refuse(file.name, 'pictureUnreadable')
    }
  }
  const add = async (files: readonly File[]): Promise<void> => {
    setProblem(null)
    // One after the other: a large image takes a lot of memory.
    for (const file of files.slice(0, MAX_PICTURES + 1)) await addOne(file)
  }
  const addFiles = (files: readonly File[]): void => void add(files)
  const remove = (picture: DraftPicture): void => {
    URL.revokeObjectURL(picture.url)
    setProblem(null)
    onChange(pictures.filter((other) => other !== picture))
  }
  const paste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])]
    if (files.length === 0) return
    event.preventDefault()
    addFiles(files)
  }
  return { problem, add: addFiles, remove, paste, isDropping: useDrop(addFiles) }
}

/** Accepts files that are dropped anywhere on the page. Returns whether files are being dragged over it. */
function useDrop(onFiles: (files: readonly File[]) => void): boolean {
  const [isDropping, setIsDropping] = useState(false)
  const newest = useRef(onFiles)
  newest.current = onFiles
  useEffect(() => {
    const hover = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes('Files') !== true) return
      event.preventDefault()
      setIsDropping(true)
    }
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setIsDropping(false)
    }
    const drop = (event: DragEvent): void => {
      setIsDropping(false)
      const files = [...(event.dataTransfer?.files ?? [])]
      if (files.length === 0) return
      event.preventDefault()
      newest.current(files)
    }
    document.addEventListener('dragover', hover)
    document.addEventListener('dragleave', leave)
    document.addEventListener('drop', drop)
    return () => {
      document.removeEventListener('dragover', hover)
      document.removeEventListener('dragleave', leave)
      document.removeEventListener('drop', drop)
    }
  }, [])
  return isDropping
}

/** Chooses images; a phone offers its camera too. */
export function PictureButton({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  const { t } = useWords()
  const ref = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={ref}
        class="hidden"
        type="file"
        accept="image/*"
        multiple
        tabIndex={-1}
        aria-hidden
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])])
          currentTarget.value = ''
        }}
      />
      <IconButton icon="attach" label={t('attach')} onPress={() => ref.current?.click()} />
    </>
  )
}

interface DraftPicturesProps {
  readonly pictures: readonly DraftPicture[]
  readonly onRemove: (picture: DraftPicture) => void
}

export function DraftPictures({ pictures, onRemove }: DraftPicturesProps) {
  const { t } = useWords()
  if (pictures.length === 0) return null
  return (
    <ul class="draft-pictures">
      {pictures.map((picture, i) => (
        <li key={picture.url}>
          <img src={picture.url} alt="" />
          <IconButton
            icon="close"
            label={t('removePicture', { index: i + 1 })}
            onPress={() => onRemove(picture)}
          />
        </li>
      ))}
    </ul>
  )
}
