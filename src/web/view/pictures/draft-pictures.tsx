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

/** More messages than this are not shown. */
const MAX_PROBLEMS = 3

/** Adds images from files, the clipboard and drag and drop, and reports why one cannot be added. */
export function usePictures(
  pictures: readonly DraftPicture[],
  onChange: (pictures: readonly DraftPicture[]) => void,
) {
  const words = useWords()
  const [problems, setProblems] = useState<readonly string[]>([])
  const [preparing, setPreparing] = useState(0)
  const newest = useRef({ pictures, onChange })
  newest.current = { pictures, onChange }
  const report = (text: string): void =>
    setProblems((before) => [...new Set([...before, text])].slice(0, MAX_PROBLEMS))
  const refuse = (name: string, why: PictureProblem): void =>
    report(words.t(why, { name, size: words.size(MAX_FILE_BYTES) }))
  const addOne = async (file: File): Promise<void> => {
    const why = problemWith(file)
    if (why !== null) return refuse(file.name, why)
    try {
      const blob = await preparePicture(file)
      const { pictures: before, onChange: change } = newest.current
      if (before.length >= MAX_PICTURES) return report(words.t('picturesTooMany', { count: MAX_PICTURES }))
      const after = [...before, { blob, url: URL.createObjectURL(blob) }]
      newest.current = { pictures: after, onChange: change }
      change(after)
    } catch {
      refuse(file.name, 'pictureUnreadable')
    }
  }
  const add = async (files: readonly File[]): Promise<void> => {
    setProblems([])
    setPreparing((count) => count + 1)
    // One after the other: a large image takes a lot of memory.
    for (const file of files.slice(0, MAX_PICTURES + 1)) await addOne(file)
    setPreparing((count) => count - 1)
  }
  const addFiles = (files: readonly File[]): void => void add(files)
  const remove = (picture: DraftPicture): void => {
    URL.revokeObjectURL(picture.url)
    setProblems([])
    onChange(pictures.filter((other) => other !== picture))
  }
  const paste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])]
    // Office programs add an image of the text that they copy.
    if (files.length === 0 || event.clipboardData?.types.includes('text/plain') === true) return
    event.preventDefault()
    addFiles(files)
  }
  /** They were sent. */
  const clear = (): void => {
    for (const { url } of pictures) URL.revokeObjectURL(url)
    setProblems([])
  }
  const isDropping = useDrop(addFiles)
  return { problems, clear, add: addFiles, remove, paste, isPreparing: preparing > 0, isDropping }
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
  /** One more is being scaled down. */
  readonly isPreparing: boolean
  readonly onRemove: (picture: DraftPicture) => void
}

export function DraftPictures({ pictures, isPreparing, onRemove }: DraftPicturesProps) {
  const { t } = useWords()
  if (pictures.length === 0 && !isPreparing) return null
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
      {isPreparing && (
        <li class="preparing">
          <span class="spinner" role="img" aria-label={t('preparingPicture')} />
        </li>
      )}
    </ul>
  )
}
