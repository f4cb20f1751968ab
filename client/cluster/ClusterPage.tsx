import { useState } from 'react'
import { useAsk } from '../graph/ask.ts'
import { Refusal } from '../graph/ask.ts'
import { useWatch } from '../graph/watch.ts'
import { formatDate } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Empty, Loading, Problem, State } from '../ui/Notice.tsx'
import { Link, runPath } from '../ui/Route.tsx'
import './cluster.css'
import {
  ClustersQuery,
  GpuReadings,
  NodeReadings,
  type NodesReading,
  type Reading,
} from './cluster-queries.ts'
import { DeviceCheck } from './DeviceCheck.tsx'
import { DeviceGrid } from './DeviceGrid.tsx'
import { UsageChart } from './UsageChart.tsx'
import { UseBars, UseLegend, UseTable, amountText, type ResourceRow } from './UseBars.tsx'

function Nodes({ reading }: { reading: NodesReading }) {
  const { t, say } = useText()
  const counts = { ACTIVE: reading.active, DRAIN: reading.drain, DOWN: reading.down }
  return (
    <section className="card">
      <h2>{t.cluster.nodes}</h2>
      <ul className="node-counts" data-testid="node-counts">
        {(['ACTIVE', 'DRAIN', 'DOWN'] as const).map((state) => (
          <li key={state} className={counts[state] === 0 ? 'quiet' : ''}>
            <strong>{counts[state]}</strong> {t.cluster.nodeState[state]}
          </li>
        ))}
      </ul>
      <div className="scroll tall" tabIndex={0} role="region" aria-label={t.cluster.nodes}>
        <table className="stacks">
          <thead>
            <tr>
              <th>{t.cluster.name}</th>
              <th>{t.cluster.state}</th>
              <th>GPU</th>
              <th>CPU</th>
              <th>{t.cluster.memory}</th>
            </tr>
          </thead>
          <tbody>
            {reading.nodes.map((node) => (
              <tr key={node.name}>
                <td className="whole">
                  {node.name}
                  {node.gpuTypes.length > 0 && (
                    <small className="quiet under">{node.gpuTypes.join(', ')}</small>
                  )}
                </td>
                <td data-label={t.cluster.state}>
                  <span>
                    <State
                      state={
                        node.state === 'ACTIVE'
                          ? 'succeeded'
                          : node.state === 'DOWN'
                            ? 'failed'
                            : 'pending'
                      }
                      text={t.cluster.nodeState[node.state]}
                    />
                    {node.message !== '' && (
                      <small className="quiet under">{say(node.message)}</small>
                    )}
                  </span>
                </td>
                <td data-label="GPU">
                  {`${amountText(node.gpus.requested)} / ${amountText(node.gpus.total)}`}
                </td>
                <td data-label="CPU">
                  {`${amountText(node.cpu.requested)} / ${amountText(node.cpu.total)}`}
                </td>
                <td data-label={t.cluster.memory}>
                  {`${amountText(node.memory.requested, true)} / ${amountText(node.memory.total, true)}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function WhoUses({ reading }: { reading: Reading }) {
  const { t } = useText()
  const runs = reading.runs.filter((use) => use.run !== null)
  return (
    <section className="card">
      <h2>{t.cluster.who}</h2>
      {runs.length === 0 ? (
        <p className="quiet">{t.cluster.nobody}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={t.cluster.who}>
          <table className="stacks">
            <thead>
              <tr>
                <th>{t.cluster.run}</th>
                <th>{t.runs.project}</th>
                <th>GPU</th>
                <th>CPU</th>
                <th>{t.cluster.memory}</th>
              </tr>
            </thead>
            <tbody>
              {runs.map(({ run, gpus, cpu, memory }) => (
                <tr key={run!.id}>
                  <td className="whole">
                    <Link to={runPath(run!.id)}>{run!.spec.name}</Link>
                  </td>
                  <td data-label={t.runs.project}>{run!.project.name}</td>
                  <td data-label="GPU">{amountText(gpus.total)}</td>
                  <td data-label="CPU">{amountText(cpu.total)}</td>
                  <td data-label={t.cluster.memory}>{amountText(memory.total, true)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Watched({ cluster, local }: { cluster: string; local: boolean }) {
  const { t, language, say } = useText()
  const [reading, setReading] = useState<Reading | null>(null)
  const [nodes, setNodes] = useState<NodesReading | null>(null)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const refused = (code: string, message: string) => setRefusal(new Refusal(code, message))
  useWatch(
    {
      document: GpuReadings,
      variables: () => ({ cluster }),
      hear: (data) => {
        setReading(data.gpuReadings)
        setRefusal(null)
      },
      refused,
      more: () => true,
    },
    cluster,
  )
  useWatch(
    {
      document: NodeReadings,
      variables: () => ({ cluster }),
      hear: (data) => setNodes(data.nodeReadings),
      refused,
      more: () => true,
    },
    cluster,
  )
  if (refusal !== null && reading === null) return <Problem error={refusal} />
  if (reading === null) return <Loading />
  const gpus: ResourceRow[] =
    reading.gpuTypes.length === 0
      ? []
      : [
          ...(reading.gpuTypes.length > 1
            ? [{ key: 'gpu', label: t.cluster.allGpus, amounts: reading.gpus }]
            : []),
          ...reading.gpuTypes.map(({ type, amounts }) => ({
            key: `gpu:${type}`,
            label: type === '' ? t.cluster.unnamed : type,
            amounts,
          })),
        ]
  const rows: ResourceRow[] = [
    ...gpus,
    { key: 'memory', label: t.cluster.memory, amounts: reading.memory, bytes: true },
    { key: 'cpu', label: 'CPU', amounts: reading.cpu },
  ]
  return (
    <>
      <p className="quiet">
        {reading.abilities.map(say).join(' · ')} ·{' '}
        {t.cluster.asOf(formatDate(reading.at, language))}
      </p>
      {reading.notices.map((notice) => (
        <div
          key={notice}
          className={reading.state === 'UNREACHABLE' ? 'notice bad' : 'notice'}
          role="status"
        >
          {say(notice)}
        </div>
      ))}
      <section className="card">
        <h2>{t.cluster.resources}</h2>
        <UseBars rows={rows} />
        <UseLegend />
        {gpus.length === 0 && (
          <p className="quiet">{local ? t.cluster.noGpuLocal : t.cluster.noGpu}</p>
        )}
        <UseTable rows={rows} />
      </section>
      {reading.devices.length > 0 && (
        <section className="card">
          <h2>{t.cluster.devices}</h2>
          <DeviceGrid devices={reading.devices} total={reading.gpus.total} />
        </section>
      )}
      <UsageChart cluster={cluster} types={reading.gpuTypes.map(({ type }) => type)} />
      {nodes !== null && <Nodes reading={nodes} />}
      <WhoUses reading={reading} />
      <DeviceCheck cluster={cluster} />
    </>
  )
}

export function ClusterPage() {
  const { t } = useText()
  const { data, error, again } = useAsk(ClustersQuery, {})
  const [chosen, setChosen] = useState<string | null>(null)
  if (error !== null && data === null) return <Problem error={error} again={again} />
  if (data === null) return <Loading />
  const clusters =
    data.clusters.edges?.flatMap((edge) => (edge?.node == null ? [] : [edge.node])) ?? []
  // Where there is a real cluster, it is what people come for.
  const first = clusters.find((cluster) => cluster.kind === 'KUBERNETES') ?? clusters[0]
  const shown = clusters.find((cluster) => cluster.id === chosen) ?? first
  const name = (cluster: { kind: string; name: string }) =>
    cluster.kind === 'LOCAL' ? t.cluster.thisMachine : cluster.name
  return (
    <div className="cluster-page">
      <h1>{t.cluster.title}</h1>
      {clusters.length > 1 && (
        <div className="ranges" role="group" aria-label={t.cluster.choose}>
          {clusters.map((cluster) => (
            <button
              key={cluster.id}
              aria-pressed={cluster.id === shown?.id}
              onClick={() => setChosen(cluster.id)}
            >
              {name(cluster)}
            </button>
          ))}
        </div>
      )}
      {shown === undefined ? (
        <Empty text={t.cluster.empty} />
      ) : (
        <>
          {clusters.length === 1 && <p>{name(shown)}</p>}
          <Watched key={shown.id} cluster={shown.id} local={shown.kind === 'LOCAL'} />
        </>
      )}
    </div>
  )
}
