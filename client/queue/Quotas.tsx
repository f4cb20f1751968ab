import { useState } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql } from '../graph/graphql.ts'
import { textOf } from '../request/resources.ts'
import { formatNumber } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Problem } from '../ui/Notice.tsx'

const QuotasQuery = graphql(`
  query Quotas {
    quotas {
      key
      scope
      name
      gpus
      gpuHours
      usedGpus
      usedGpuHours
      share
    }
    projects(first: 100) {
      edges {
        node {
          id
          name
        }
      }
    }
  }
`)
const QuotaSet = graphql(
  `
    mutation QuotaSet($input: QuotaSetInput!) {
      quotaSet(input: $input) {
        __typename
        ... on Quota {
          key
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

/** What projects and people may use; administrators set it for projects here. */
export function Quotas({ sets }: { sets: boolean }) {
  const { t } = useText()
  const words = t.queue.quotas
  const { data, again } = useAsk(QuotasQuery, {})
  const doing = useDoing()
  const [chosen, setChosen] = useState<string | null>(null)
  if (data === null || (!sets && data.quotas.length === 0)) return null
  const projects =
    data.projects.edges?.flatMap((edge) => (edge?.node == null ? [] : [edge.node])) ?? []
  const figure = (form: FormData, name: string): number | null => {
    const text = textOf(form, name)
    return text === '' ? null : Number(text)
  }
  const project = projects.find((it) => it.id === chosen) ?? projects[0]
  const before = data.quotas.find((it) => it.scope === 'PROJECT' && it.name === project?.name)
  const told = (used: number, limit: number | null) =>
    limit === null ? words.none : words.of(formatNumber(used), formatNumber(limit))
  return (
    <details className="card" data-testid="quotas">
      <summary>{words.title}</summary>
      {data.quotas.length === 0 ? (
        <p className="quiet">{words.empty}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={words.title}>
          <table>
            <thead>
              <tr>
                <th>{t.requests.name}</th>
                <th>{words.gpus}</th>
                <th>{words.hours}</th>
                <th>{words.share}</th>
              </tr>
            </thead>
            <tbody>
              {data.quotas.map((quota) => (
                <tr key={quota.key}>
                  <td>{quota.name}</td>
                  <td>{told(quota.usedGpus, quota.gpus)}</td>
                  <td>{told(quota.usedGpuHours, quota.gpuHours)}</td>
                  <td>{quota.share === null ? '–' : formatNumber(quota.share)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {sets && projects.length > 0 && (
        <form
          className="settings"
          onSubmit={(event) => {
            event.preventDefault()
            const form = new FormData(event.currentTarget)
            doing.run(async () => {
              await act(QuotaSet, {
                input: {
                  project: textOf(form, 'project'),
                  gpus: figure(form, 'gpus'),
                  gpuHours: figure(form, 'hours'),
                  share: figure(form, 'share'),
                },
              })
              again()
            })
          }}
        >
          <label>
            {words.project}
            <select
              name="project"
              value={project?.id ?? ''}
              onChange={(event) => setChosen(event.target.value)}
            >
              {projects.map((it) => (
                <option key={it.id} value={it.id}>
                  {it.name}
                </option>
              ))}
            </select>
            <small>{words.help}</small>
          </label>
          {/* What stands is filled in: setting one figure must not take the others away. */}
          <label key={`gpus ${project?.id} ${before?.gpus}`}>
            {words.gpus}
            <input name="gpus" type="number" min={0} step={1} defaultValue={before?.gpus ?? ''} />
          </label>
          <label key={`hours ${project?.id} ${before?.gpuHours}`}>
            {words.hours}
            <input
              name="hours"
              type="number"
              min={0}
              step="any"
              defaultValue={before?.gpuHours ?? ''}
            />
          </label>
          <label key={`share ${project?.id} ${before?.share}`}>
            {words.share}
            <input
              name="share"
              type="number"
              min={0.01}
              max={1000}
              step="any"
              defaultValue={before?.share ?? ''}
            />
          </label>
          <button disabled={doing.busy}>{words.set}</button>
        </form>
      )}
      <Problem error={doing.error} />
    </details>
  )
}
