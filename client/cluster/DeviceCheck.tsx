import { useState } from 'react'
import type { ResultOf } from 'gql.tada'
import { ask, useDoing } from '../graph/ask.ts'
import { formatBytes } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Problem } from '../ui/Notice.tsx'
import { PreviewQuery } from './cluster-queries.ts'

type Preview = ResultOf<typeof PreviewQuery>['devicePreview']

/** "Which devices fit?": the preview that requests show too, to try wishes with. */
export function DeviceCheck({ cluster }: { cluster: string }) {
  const { t, say } = useText()
  const [type, setType] = useState('')
  const [count, setCount] = useState('1')
  const [memory, setMemory] = useState('')
  const [preview, setPreview] = useState<Preview | undefined>(undefined)
  const { busy, error, run } = useDoing()
  return (
    <section className="card">
      <h2>{t.cluster.check}</h2>
      <form
        className="settings"
        onSubmit={(event) => {
          event.preventDefault()
          run(async () => {
            const data = await ask(PreviewQuery, {
              cluster,
              gpuType: type.trim() === '' ? null : type.trim(),
              gpuCount: Number(count),
              gpuMemory: memory.trim() === '' ? null : memory.trim(),
              gpuShare: null,
            })
            setPreview(data.devicePreview)
          })
        }}
      >
        <label>
          {t.cluster.type}
          <input
            value={type}
            placeholder="A100"
            onChange={(event) => setType(event.target.value)}
          />
          <small>{t.cluster.typeHelp}</small>
        </label>
        <label>
          {t.cluster.count}
          <input
            type="number"
            min={1}
            max={1024}
            required
            value={count}
            onChange={(event) => setCount(event.target.value)}
          />
        </label>
        <label>
          {t.cluster.atLeast}
          <input
            value={memory}
            placeholder="24GB"
            onChange={(event) => setMemory(event.target.value)}
          />
        </label>
        <div className="settings-send">
          <button className="primary" disabled={busy} data-testid="check-devices">
            {t.cluster.checkSend}
          </button>
        </div>
      </form>
      <Problem error={error} />
      {preview != null && (
        <div aria-live="polite" data-testid="device-preview">
          <p className={`verdict ${preview.verdict.toLowerCase()}`}>
            <strong>{t.cluster.verdict[preview.verdict]}</strong> {say(preview.sentence)}
          </p>
          {preview.groups.length > 0 && (
            <div className="scroll" tabIndex={0} role="region" aria-label={t.cluster.check}>
              <table>
                <thead>
                  <tr>
                    <th>{t.cluster.type}</th>
                    <th>{t.cluster.memory}</th>
                    <th>{t.cluster.count}</th>
                    <th>{t.cluster.free}</th>
                    <th>{t.cluster.fits}</th>
                  </tr>
                </thead>
                <tbody>
                  {preview.groups.map((group, at) => (
                    <tr key={at}>
                      <td>{group.type === '' ? t.cluster.unnamed : group.type}</td>
                      <td>{group.memoryBytes === null ? '–' : formatBytes(group.memoryBytes)}</td>
                      <td>{group.count}</td>
                      <td>{group.free}</td>
                      <td>{group.matches ? t.cluster.yes : say(group.why)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </div>
      )}
    </section>
  )
}
