import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { act, ask, useAsk, useDoing, Refusal } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql, type Json, type ResultOf } from '../graph/graphql.ts'
import { formatBytes, formatSeconds, formatValue } from '../text/format.ts'
import { useText, type Language } from '../text/Text.tsx'
import { Empty, Loading, Problem } from '../ui/Notice.tsx'
import { navigate, projectPath, requestPath, runPath } from '../ui/Route.tsx'
import { AskPanel } from '../goal/AskPanel.tsx'
import { LazyDiagram } from './LazyDiagram.tsx'

const RequestDialog = lazy(() =>
  import('../request/RequestDialog.tsx').then((it) => ({ default: it.RequestDialog })),
)
const PlanQuery = graphql(`
  query PlanPage($id: ID!) {
    node(id: $id) {
      __typename
      ... on Project {
        id
        goal {
          id
        }
        datasetVersions(first: 1) {
          edges {
            node {
              id
            }
          }
        }
        specs(first: 1) {
          edges {
            node {
              id
              datasetVersion {
                id
              }
            }
          }
        }
      }
    }
  }
`)
const SpecFields = graphql(`
  fragment SpecFields on Spec {
    id
    name
    version
    text
    datasetVersion {
      id
      imageCount
      triggerWord
    }
    components {
      name
      type
      resources
    }
    edges {
      from
      to
    }
    problems {
      path
      message
    }
    settings {
      name
      value
      reason
      minimum
      maximum
      options
    }
    inKorean: settings(language: KO) {
      name
      reason
    }
    estimate {
      secondsLow
      secondsLikely
      secondsHigh
      memoryBytes
    }
  }
`)
const SpecQuery = graphql(
  `
    query Spec($id: ID!) {
      node(id: $id) {
        __typename
        ... on Spec {
          ...SpecFields
        }
      }
    }
  `,
  [SpecFields],
)
const SpecSynthesise = graphql(
  `
    mutation SpecSynthesise($goal: ID!, $datasetVersion: ID!) {
      specSynthesise(input: { goal: $goal, datasetVersion: $datasetVersion }) {
        __typename
        ... on Spec {
          ...SpecFields
        }
        ...Failure
      }
    }
  `,
  [SpecFields, Failure],
)
const SpecAdjust = graphql(
  `
    mutation SpecAdjust($spec: ID!, $settings: JSON!) {
      specAdjust(input: { spec: $spec, settings: $settings }) {
        __typename
        ... on Spec {
          ...SpecFields
        }
        ...Failure
      }
    }
  `,
  [SpecFields, Failure],
)
const RequestSubmit = graphql(
  `
    mutation RequestSubmit($id: String!, $spec: ID!) {
      requestSubmit(input: { id: $id, spec: $spec }) {
        __typename
        ... on Request {
          id
          state
          run {
            id
          }
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

type Spec = ResultOf<typeof SpecFields>

export function PlanPage({ id }: { id: string }) {
  const { t } = useText()
  const { data, error, again } = useAsk(PlanQuery, { id })
  // Each change is a spec of its own: undo goes back to the one before.
  const [specs, setSpecs] = useState<readonly Spec[]>([])
  const making = useDoing()
  const project = data?.node?.__typename === 'Project' ? data.node : null
  const dataset = project?.datasetVersions.edges?.[0]?.node ?? null
  const goal = project?.goal?.id
  const begun = useRef(false)
  useEffect(() => {
    if (project === null || dataset === null || begun.current) return
    begun.current = true
    making.run(async () => {
      const last = project.specs.edges?.[0]?.node
      if (last?.datasetVersion?.id === dataset.id) {
        const { node } = await ask(SpecQuery, { id: last.id })
        if (node?.__typename === 'Spec') return setSpecs([node])
      }
      if (goal === undefined) throw new Refusal('CONFLICT', t.start.noGoal)
      const { specSynthesise } = await act(SpecSynthesise, { goal, datasetVersion: dataset.id })
      setSpecs([specSynthesise])
    })
    // Made once for each opening of the page.
  }, [project, dataset, goal])
  const spec = specs.at(-1)
  if (error !== null) return <Problem error={error} again={again} />
  if (making.error !== null) {
    return (
      <Problem
        error={making.error}
        again={() => {
          begun.current = false
          again()
        }}
      />
    )
  }
  if (data === null) return <Loading />
  if (dataset === null) {
    return (
      <>
        <h1>{t.plan.title}</h1>
        <Empty text={t.plan.none}>
          <button className="primary" onClick={() => navigate(projectPath(id, 'review'))}>
            {t.steps.review}
          </button>
        </Empty>
      </>
    )
  }
  if (spec === undefined) return <Loading text={t.plan.making} />
  return (
    <Plan
      spec={spec}
      goal={goal ?? null}
      earlier={specs.length > 1}
      onSpec={(next) => setSpecs((before) => [...before, next])}
      onUndo={() => setSpecs((before) => before.slice(0, -1))}
    />
  )
}

function Plan({
  spec,
  goal,
  earlier,
  onSpec,
  onUndo,
}: {
  spec: Spec
  goal: string | null
  earlier: boolean
  onSpec(spec: Spec): void
  onUndo(): void
}) {
  const { language, t, say } = useText()
  const adjusting = useDoing()
  const starting = useDoing()
  const [touched, setTouched] = useState<readonly string[]>([])
  const [asking, setAsking] = useState(false)
  const [request] = useState(() => new Map<string, string>())
  const { estimate } = spec
  const adjust = (name: string, value: Json) =>
    adjusting.run(async () =>
      onSpec((await act(SpecAdjust, { spec: spec.id, settings: { [name]: value } })).specAdjust),
    )
  const start = () =>
    starting.run(async () => {
      const requestId = request.get(spec.id) ?? crypto.randomUUID()
      request.set(spec.id, requestId)
      const { requestSubmit } = await act(RequestSubmit, { id: requestId, spec: spec.id })
      if (requestSubmit.run !== null) navigate(runPath(requestSubmit.run.id))
      else navigate(requestPath(requestSubmit.id))
    })
  return (
    <>
      <h1>{spec.name}</h1>
      <div className="card row between">
        <div>
          {spec.datasetVersion !== null && (
            <p>{t.plan.data(spec.datasetVersion.imageCount, spec.datasetVersion.triggerWord)}</p>
          )}
          {estimate !== null && (
            <p>
              <span className="quiet">{t.plan.estimate}</span>{' '}
              <strong>{formatSeconds(estimate.secondsLikely, t)}</strong>{' '}
              <span className="quiet">
                (
                {t.plan.range(
                  formatSeconds(estimate.secondsLow, t),
                  formatSeconds(estimate.secondsHigh, t),
                )}
                ) · {t.plan.memory}
              </span>{' '}
              <strong>{formatBytes(estimate.memoryBytes)}</strong>
            </p>
          )}
        </div>
        <span className="row">
          <button
            data-testid="request-options"
            disabled={starting.busy || adjusting.busy || spec.problems.length > 0}
            onClick={() => setAsking(true)}
          >
            {t.requests.dialog}
          </button>
          <button
            className="primary"
            data-testid="start-run"
            disabled={starting.busy || adjusting.busy || spec.problems.length > 0}
            onClick={start}
          >
            {t.plan.start}
          </button>
        </span>
      </div>
      {asking && (
        <Suspense>
          <RequestDialog spec={spec.id} onClose={() => setAsking(false)} />
        </Suspense>
      )}
      <Problem error={starting.error ?? adjusting.error} />
      {spec.problems.length > 0 && (
        <div className="notice bad">
          <strong>{t.plan.problems}</strong>
          {spec.problems.map((problem) => (
            <p key={problem.path + problem.message}>{say(problem.message)}</p>
          ))}
        </div>
      )}
      {goal !== null && (
        <AskPanel
          goal={goal}
          spec={spec.id}
          onPreview={setTouched}
          onSpec={async (next) => {
            const { node } = await ask(SpecQuery, { id: next })
            if (node?.__typename === 'Spec') onSpec(node)
          }}
          onUndo={onUndo}
        />
      )}
      <h2>{t.plan.pipeline}</h2>
      <LazyDiagram
        label={t.plan.pipeline}
        testid="plan-diagram"
        nodes={spec.components.map((it) => ({
          key: it.name,
          title: it.name,
          detail: t.part[it.type] ?? it.type,
          type: it.type,
          ...(touched.includes(it.name) ? { state: 'TOUCHED' } : {}),
        }))}
        edges={spec.edges}
      />
      <br />
      <div className="two">
        <section className="card">
          <div className="row between">
            <h2>{t.plan.settings}</h2>
            <span className="row">
              <span role="status" className="quiet">
                {adjusting.busy ? t.plan.saving : ''}
              </span>
              <button className="small" disabled={!earlier || adjusting.busy} onClick={onUndo}>
                {t.plan.earlier}
              </button>
            </span>
          </div>
          <div className="settings" key={spec.id}>
            {localised(spec, language).map((setting) => (
              <SettingField
                key={setting.name}
                setting={setting}
                disabled={adjusting.busy}
                onChange={(value) => adjust(setting.name, value)}
              />
            ))}
          </div>
        </section>
        <section className="card">
          <h2>{t.plan.spec}</h2>
          <p className="quiet">{t.plan.specHelp}</p>
          <pre className="spec" tabIndex={0} aria-label={t.plan.spec}>
            {spec.text}
          </pre>
        </section>
      </div>
    </>
  )
}

/** The settings with their reasons in the language of the page. */
function localised(spec: Spec, language: Language): Spec['settings'] {
  if (language === 'en') return spec.settings
  const reasons = new Map(spec.inKorean.map((it) => [it.name, it.reason]))
  return spec.settings.map((it) => ({ ...it, reason: reasons.get(it.name) ?? it.reason }))
}

interface SettingFieldProps {
  readonly setting: Spec['settings'][number]
  readonly disabled: boolean
  onChange(value: Json): void
}

function SettingField({ setting, disabled, onChange }: SettingFieldProps) {
  const { t, say } = useText()
  const { value, options } = setting
  const name = t.setting[setting.name] ?? setting.name
  const [outside, setOutside] = useState(false)
  const commit = (text: string) => {
    if (text === formatValue(value)) return
    onChange(
      typeof value === 'number'
        ? Number(text)
        : Array.isArray(value)
          ? text.split(',').map((part) => part.trim())
          : text,
    )
  }
  let field
  if (options !== null && !Array.isArray(value)) {
    field = (
      <select
        value={JSON.stringify(value)}
        disabled={disabled}
        onChange={(event) => onChange(JSON.parse(event.target.value) as Json)}
      >
        {options.map((option) => (
          <option key={JSON.stringify(option)} value={JSON.stringify(option)}>
            {t.option[formatValue(option)] ?? formatValue(option)}
          </option>
        ))}
      </select>
    )
  } else if (typeof value === 'boolean') {
    field = (
      <input
        type="checkbox"
        checked={value}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
    )
  } else {
    field = (
      <input
        type={typeof value === 'number' ? 'number' : 'text'}
        step="any"
        min={setting.minimum ?? undefined}
        max={setting.maximum ?? undefined}
        defaultValue={formatValue(value)}
        disabled={disabled}
        aria-invalid={outside || undefined}
        onBlur={({ target }) => {
          // Nothing, or no number: what stands is kept, and seen.
          if (target.value === '') target.value = formatValue(value)
          setOutside(!target.validity.valid)
          if (target.validity.valid) commit(target.value)
        }}
        onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
      />
    )
  }
  return (
    <label>
      {name}
      {field}
      {outside && (
        <small className="problem" role="alert">
          {t.plan.outside(setting.minimum, setting.maximum, formatValue(value))}
        </small>
      )}
      <small>{say(setting.reason)}</small>
    </label>
  )
}
