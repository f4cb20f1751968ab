import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { act, ask, useAsk, useDoing, Refusal } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql, type Json, type ResultOf } from '../graph/graphql.ts'
import type { Words } from '../text/en.ts'
import { formatBytes, formatSeconds, formatValue } from '../text/format.ts'
import { useText, type Language } from '../text/Text.tsx'
import { Empty, Loading, Problem } from '../ui/Notice.tsx'
import { navigate, projectPath, requestPath, runPath } from '../ui/Route.tsx'
import { AskPanel, type AppliedChange, type PlanDifference } from '../goal/AskPanel.tsx'
import type { DiagramNode } from './Diagram.tsx'
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
const AskUndo = graphql(
  `
    mutation AskUndo($goal: ID!, $revision: Int!, $seen: Int, $spec: ID, $to: ID) {
      askUndo(input: { goal: $goal, revision: $revision, seen: $seen, spec: $spec, to: $to }) {
        __typename
        ... on AppliedAsk {
          intent {
            revision
          }
          spec {
            ...SpecFields
          }
        }
        ...Failure
      }
    }
  `,
  [SpecFields, Failure],
)
const GoalRevision = graphql(`
  query GoalRevision($id: ID!) {
    node(id: $id) {
      __typename
      ... on Goal {
        intent {
          revision
        }
      }
    }
  }
`)
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
  const [spec, setSpec] = useState<Spec | null>(null)
  // What can be taken back: the plan before each change, and the intent before it where that changed as well.
  const [history, setHistory] = useState<
    readonly { readonly spec: Spec; readonly change: AppliedChange | null }[]
  >([])
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
        if (node?.__typename === 'Spec') return setSpec(node)
      }
      if (goal === undefined) throw new Refusal('CONFLICT', t.start.noGoal)
      const { specSynthesise } = await act(SpecSynthesise, { goal, datasetVersion: dataset.id })
      setSpec(specSynthesise)
    })
    // Made once for each opening of the page.
  }, [project, dataset, goal])
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
  if (spec === null) return <Loading text={t.plan.making} />
  const keep = (change: AppliedChange | null) =>
    setHistory((before) => [...before, { spec, change }])
  // Kept by the server, so that the plan is the same after the page is opened anew.
  const undo = async () => {
    const last = history.at(-1)
    if (last === undefined) return
    setHistory((before) => before.slice(0, -1))
    if (goal === undefined) return setSpec(last.spec)
    let revision = last.change?.undoRevision
    if (revision === undefined) {
      const { node } = await ask(GoalRevision, { id: goal })
      if (node?.__typename !== 'Goal') return
      revision = node.intent.revision
    }
    const { askUndo } = await act(AskUndo, { goal, revision, spec: spec.id, to: last.spec.id })
    setSpec(askUndo.spec ?? last.spec)
  }
  return (
    <Plan
      spec={spec}
      goal={goal ?? null}
      earlier={history.length > 0}
      onSpec={(next, change) => {
        keep(change)
        if (next !== null) setSpec(next)
      }}
      onUndo={undo}
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
  /** A change was made, of the plan (null: it stays) or by words of the intent as well. */
  onSpec(spec: Spec | null, change: AppliedChange | null): void
  onUndo(): Promise<void>
}) {
  const { language, t, say } = useText()
  const adjusting = useDoing()
  const starting = useDoing()
  const [difference, setDifference] = useState<PlanDifference | null>(null)
  const [asking, setAsking] = useState(false)
  const [request] = useState(() => new Map<string, string>())
  const { estimate } = spec
  const adjust = (name: string, value: Json) =>
    adjusting.run(async () =>
      onSpec(
        (await act(SpecAdjust, { spec: spec.id, settings: { [name]: value } })).specAdjust,
        null,
      ),
    )
  const drawn = drawing(spec, difference, t)
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
          undoable={earlier}
          onPreview={setDifference}
          onApplied={async (change) => {
            if (change.spec === null) return onSpec(null, change)
            const { node } = await ask(SpecQuery, { id: change.spec })
            if (node?.__typename === 'Spec') onSpec(node, change)
          }}
          onUndo={onUndo}
        />
      )}
      <h2>{t.plan.pipeline}</h2>
      <LazyDiagram
        label={t.plan.pipeline}
        testid="plan-diagram"
        nodes={drawn.nodes}
        edges={drawn.edges}
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
              <button
                className="small"
                disabled={!earlier || adjusting.busy}
                onClick={() => adjusting.run(onUndo)}
              >
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

interface WirePlan {
  readonly components: readonly { readonly name: string; readonly type: string }[]
  readonly workflow: readonly { readonly from: string; readonly to: string }[]
}

/** The plan as it is, with a proposal drawn into it: what would be new, gone or changed is marked and named. */
function drawing(
  spec: Spec,
  difference: PlanDifference | null,
  t: Words,
): { nodes: DiagramNode[]; edges: { from: string; to: string; state?: string }[] } {
  const wire = difference?.text == null ? null : (JSON.parse(difference.text) as WirePlan)
  const present = new Set(spec.components.map((it) => it.name))
  const later = new Set(wire?.components.map((it) => it.name) ?? present)
  const node = (it: { name: string; type: string }): DiagramNode => {
    const state = !present.has(it.name)
      ? 'ADDED'
      : !later.has(it.name)
        ? 'REMOVED'
        : difference?.touched.includes(it.name)
          ? 'TOUCHED'
          : null
    const part = t.part[it.type] ?? it.type
    return {
      key: it.name,
      title: it.name,
      detail: state === null ? part : `${part} · ${t.ask.state[state]}`,
      type: it.type,
      ...(state === null ? {} : { state }),
    }
  }
  const end = (text: string): string => text.split('.')[0]!
  const now = new Map(spec.edges.map((edge) => [`${edge.from}>${edge.to}`, edge]))
  const then = new Map(
    (wire?.workflow.map((edge) => ({ from: end(edge.from), to: end(edge.to) })) ?? spec.edges).map(
      (edge) => [`${edge.from}>${edge.to}`, edge],
    ),
  )
  return {
    nodes: [
      ...spec.components,
      ...(wire?.components.filter((it) => !present.has(it.name)) ?? []),
    ].map(node),
    edges: [...new Map([...now, ...then])].map(([key, edge]) => ({
      ...edge,
      ...(!now.has(key) ? { state: 'ADDED' } : !then.has(key) ? { state: 'REMOVED' } : {}),
    })),
  }
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
