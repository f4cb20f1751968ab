import { useState } from 'react'
import { useText } from '../text/Text.tsx'
import { droppedFiles } from './dropped-files.ts'

interface DropZoneProps {
  readonly files?: readonly File[]
  onFiles(files: File[]): void
}

/** Where pictures, folders and zips are dropped or chosen. */
export function DropZone({ onFiles }: DropZoneProps) {
  const { t } = useText()
  const [over, setOver] = useState(false)
  return (
    <div
      className={over ? 'drop over' : 'drop'}
      data-testid="drop-zone"
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        void droppedFiles(event.dataTransfer).then(onFiles)
      }}
    >
      <strong>{t.start.drop}</strong>
      <p className="quiet">{t.start.dropHelp}</p>
      <div className="row" style={{ justifyContent: 'center' }}>
        <label className="button">
          {t.start.files}
          <input
            className="hidden"
            type="file"
            multiple
            accept="image/*,.zip"
            data-testid="file-input"
            onChange={(event) => onFiles([...(event.target.files ?? [])])}
          />
        </label>
        <label className="button">
          {t.start.folder}
          <input
            className="hidden"
            type="file"
            multiple
            ref={(input) => input?.setAttribute('webkitdirectory', '')}
            onChange={(event) => onFiles([...(event.target.files ?? [])])}
          />
        </label>
      </div>
    </div>
  )
}
