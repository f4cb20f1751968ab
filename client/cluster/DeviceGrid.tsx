import { formatBytes } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import type { Device } from './cluster-queries.ts'

function look(device: Device): 'down' | 'busy' | 'held' | 'idle' {
  if (device.state === 'DOWN') return 'down'
  if ((device.peak ?? 0) > 0) return 'busy'
  return device.requested ? 'held' : 'idle'
}

/** Every GPU as a cell that fills with its load, by node. */
export function DeviceGrid({ devices, total }: { devices: readonly Device[]; total: number }) {
  const { t } = useText()
  const nodes = new Map<string, Device[]>()
  for (const device of devices) nodes.set(device.node, [...(nodes.get(device.node) ?? []), device])
  return (
    <>
      <ul
        className="device-nodes"
        data-testid="device-grid"
        tabIndex={0}
        aria-label={t.cluster.devices}
      >
        {[...nodes].map(([node, list]) => (
          <li key={node}>
            <span className="quiet node-name">{node}</span>
            <ul>
              {list.map((device) => {
                const load = device.utilisation
                const words = [
                  `${device.name} ${device.type}`,
                  t.cluster.deviceState[look(device)],
                  load === null ? null : t.cluster.load(Math.round(load * 100)),
                  device.memoryUsedBytes === null || device.memoryBytes === null
                    ? null
                    : `${formatBytes(device.memoryUsedBytes)} / ${formatBytes(device.memoryBytes)}`,
                  device.celsius === null ? null : `${device.celsius} °C`,
                  device.watts === null ? null : `${Math.round(device.watts)} W`,
                ]
                const text = words.filter((word) => word !== null).join(', ')
                return (
                  <li key={device.key} className={`device ${look(device)}`} title={text}>
                    <span className="fill" style={{ height: `${(load ?? 0) * 100}%` }} />
                    <span className="hidden">{text}</span>
                  </li>
                )
              })}
            </ul>
          </li>
        ))}
      </ul>
      {total > devices.length && (
        <p className="quiet">{t.cluster.moreDevices(total - devices.length)}</p>
      )}
    </>
  )
}
