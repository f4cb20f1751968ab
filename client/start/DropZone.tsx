import { useState } from 'react'
import { useText } from '../text/Text.tsx'
import { droppedFiles } from './dropped-files.ts'

interface DropZoneProps {
  /** While a dropped folder is listed. */
  onReading?(reading: boolean): void
  onFiles(files: File[]): void
}

/** Where pictures, folders and zips are dropped or chosen. */
export function DropZone({ onFiles, onReading }: DropZoneProps) {
  const { t } = useText()
  const [over, setOver] = useState(false)
  const [reading, setReading] = useState(false)
  const take = (transfer: DataTransfer) => {
    setReading(true)
    onReading?.(true)
    void droppedFiles(transfer)
      .then(onFiles)
      .finally(() => {
        setReading(false)
        onReading?.(false)
      })
  }
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
        take(event.dataTransfer)
      }}
    >
      <strong>{t.start.drop}</strong>
      <p className="quiet" role="status">
        {reading ? t.start.reading : t.start.dropHelp}
      </p>
      <div className="row" style={{ justifyContent: 'center' }}>
        <label className="button">
          {t.start.files}
          <input
            className="hidden"
            type="file"
            multiple
            accept="image/*,.zip,.safetensors"
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
