import { useRef, useState } from 'react'
import { OwnerSelect, OwnersParts, ownerInput, ownersOf } from '../cost/Owner.tsx'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql, type ResultOf } from '../graph/graphql.ts'
import { textOf } from '../request/resources.ts'
import { formatNumber } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Problem } from '../ui/Notice.tsx'

const QuotasQuery = graphql(
  `
    query Quotas {
      quotas {
        key
        owner
        scope
        name
        gpus
        gpuHours
        usedGpus
        usedGpuHours
        share
      }
      ...OwnersParts
    }
  `,
  [OwnersParts],
)
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

type Quota = ResultOf<typeof QuotasQuery>['quotas'][number]
interface Figures {
  readonly gpus: number | null
  readonly gpuHours: number | null
  readonly share: number | null
}

/** What projects and people may use; administrators set, raise and remove it here. */
export function Quotas({ sets, onChanged }: { sets: boolean; onChanged(): void }) {
  const { t } = useText()
  const words = t.queue.quotas
  const { data, error, again } = useAsk(QuotasQuery, {})
  const doing = useDoing()
  const [chosen, setChosen] = useState<string | null>(null)
  const [told, setTold] = useState<{ text: string; back?: () => void } | null>(null)
  const form = useRef<HTMLFormElement>(null)
  if (error !== null) return <Problem error={error} again={again} />
  if (data === null || (!sets && data.quotas.length === 0)) return null
  const owners = ownersOf(data, data.quotas)
  const owner = chosen ?? owners.projects[0]?.id ?? owners.persons[0]?.id ?? ''
  const before = data.quotas.find((it) => it.owner === owner)
  const isPerson = 'person' in ownerInput(owner)
  const nameOf = (id: string) =>
    [...owners.projects, ...owners.persons].find((it) => it.id === id)?.name ?? ''
  const use = (used: number, limit: number | null) =>
    limit === null ? words.none : words.of(formatNumber(used), formatNumber(limit))
  const figure = (from: FormData, name: string): number | null => {
    const text = textOf(from, name)
    return text === '' ? null : Number(text)
  }
  const set = (id: string, figures: Figures, after: () => void) =>
    doing.run(async () => {
      await act(QuotaSet, { input: { ...ownerInput(id), ...figures } })
      after()
      again()
      onChanged()
    })
  const remove = ({ name, gpus, gpuHours, share }: Quota, id: string) =>
    // A weight of 1 is what everybody has.
    set(id, { gpus: null, gpuHours: null, share: share === null ? null : 1 }, () =>
      setTold({
        text: t.costs.removed(name),
        back: () => set(id, { gpus, gpuHours, share }, () => setTold(null)),
      }),
    )
  return (
    <details className="card" data-testid="quotas">
      <summary>{words.title}</summary>
      {data.quotas.length === 0 ? (
        <p className="quiet">{words.empty}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={words.title}>
          <table className="stacks">
            <thead>
              <tr>
                <th>{words.owner}</th>
                <th>{words.gpus}</th>
                <th>{words.hours}</th>
                <th>{words.share}</th>
                {sets && (
                  <th>
                    <span className="hidden">{words.change}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {data.quotas.map((quota) => (
                <tr key={quota.key}>
                  <td data-label={words.owner}>
                    <span>
                      {quota.name} <small className="quiet">{t.costs.group[quota.scope]}</small>
                    </span>
                  </td>
                  <td data-label={words.gpus}>{use(quota.usedGpus, quota.gpus)}</td>
                  <td data-label={words.hours}>{use(quota.usedGpuHours, quota.gpuHours)}</td>
                  <td data-label={words.share}>
                    {quota.share === null ? '–' : formatNumber(quota.share)}
                  </td>
                  {sets && (
                    <td>
                      <span className="row">
                        <button
                          className="small"
                          aria-label={words.changeOf(quota.name)}
                          onClick={() => {
                            setChosen(quota.owner)
                            requestAnimationFrame(() =>
                              form.current?.querySelector<HTMLInputElement>('input')?.focus(),
                            )
                          }}
                        >
                          {words.change}
                        </button>
                        <button
                          className="small"
                          aria-label={words.removeOf(quota.name)}
                          disabled={doing.busy || quota.owner === null}
                          onClick={() => remove(quota, quota.owner!)}
                        >
                          {t.costs.remove}
                        </button>
                      </span>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {sets && owner !== '' && (
        <form
          ref={form}
          className="settings"
          onSubmit={(event) => {
            event.preventDefault()
            const given = new FormData(event.currentTarget)
            const figures = {
              gpus: figure(given, 'gpus'),
              gpuHours: figure(given, 'hours'),
              share: isPerson ? null : figure(given, 'share'),
            }
            set(owner, figures, () => setTold({ text: words.saved(nameOf(owner)) }))
          }}
        >
          <OwnerSelect
            label={words.owner}
            owners={owners}
            value={owner}
            help={words.help}
            onChange={setChosen}
          />
          {/* What stands is filled in: setting one figure must not take the others away. */}
          <label key={`gpus ${owner} ${before?.gpus}`}>
            {words.gpus}
            <input name="gpus" type="number" min={0} step={1} defaultValue={before?.gpus ?? ''} />
          </label>
          <label key={`hours ${owner} ${before?.gpuHours}`}>
            {words.hours}
            <input
              name="hours"
              type="number"
              min={0}
              step="any"
              defaultValue={before?.gpuHours ?? ''}
            />
          </label>
          {!isPerson && (
            <label key={`share ${owner} ${before?.share}`}>
              {words.share}
              <input
                name="share"
                type="number"
                min={0.01}
                max={1000}
                step="any"
                defaultValue={before?.share ?? ''}
              />
              <small>{words.shareHelp}</small>
            </label>
          )}
          <button disabled={doing.busy}>{words.set}</button>
        </form>
      )}
      <div role="status">
        {told !== null && (
          <p className="row">
            {told.text}
            {told.back !== undefined && (
              <button className="small" disabled={doing.busy} onClick={told.back}>
                {t.costs.undo}
              </button>
            )}
          </p>
        )}
      </div>
      <Problem error={doing.error} />
    </details>
  )
}
