import { useEffect, useRef, useState } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { useWatch } from '../graph/watch.ts'
import { LazyDiagram } from '../plan/LazyDiagram.tsx'
import {
  formatDate,
  formatFigure,
  formatSeconds,
  metricName,
  settingName,
  settingValue,
} from '../text/format.ts'
import { inOrder, sampleTitle } from '../model/samples.ts'
import { useText } from '../text/Text.tsx'
import { Loading, NotFound, Problem, Progress, State } from '../ui/Notice.tsx'
import { Link, modelPath, projectPath } from '../ui/Route.tsx'
import { MetricChart } from './MetricChart.tsx'
import { applyEvent, isOver, type Run, type RunEvent } from './run-live.ts'
import { RunCancel, RunEventsDocument, RunQuery } from './run-queries.ts'
import { RunLog } from './RunLog.tsx'
import { Waiting } from './Waiting.tsx'

/** One run: its last reading, and every event since. */
export function RunPage({ id }: { id: string }) {
  const { data, error, again } = useAsk(RunQuery, { id })
  const [run, setRun] = useState<Run | null>(null)
  const cursor = useRef<string | null>(null)
  const ended = useRef(false)
  const waiting = useRef<RunEvent[]>([])
  const recent = useRef<{ at: number; event: RunEvent }[]>([])
  const frame = useRef(0)
  const seen = useRef(0)

  useEffect(() => {
    if (data?.node?.__typename !== 'Run') return
    cursor.current = data.node.cursor
    // The reading may be older than what was heard meanwhile; an event applied twice changes nothing.
    setRun(recent.current.map((it) => it.event).reduce(applyEvent, data.node))
  }, [data])
  useEffect(() => () => cancelAnimationFrame(frame.current), [])
  useWatch(
    {
      document: RunEventsDocument,
      variables: () => ({ run: id, after: cursor.current }),
      hear({ runEvents }) {
        cursor.current = runEvents.cursor
        ended.current = runEvents.ended
        const now = Date.now()
        const news = runEvents.events.filter((event) => event.seq > seen.current)
        seen.current = Math.max(seen.current, ...runEvents.events.map((event) => event.seq))
        waiting.current.push(...news)
        recent.current = [
          ...recent.current.filter((it) => now - it.at < 15_000),
          ...news.map((event) => ({ at: now, event })),
        ]
        // Once for each frame, however many arrive.
        cancelAnimationFrame(frame.current)
        frame.current = requestAnimationFrame(() => {
          const events = waiting.current
          waiting.current = []
          setRun((before) => (before === null ? null : events.reduce(applyEvent, before)))
        })
        if (runEvents.ended || runEvents.events.some((event) => event.kind === 'MODEL')) again()
      },
      refused: (code) => {
        if (code === 'CURSOR_TOO_OLD' || code === 'SLOW_CONSUMER') again()
      },
      more: () => !ended.current,
    },
    run === null ? null : id,
  )
  const over = run !== null && isOver(run.state)
  // The whole progress and the time left are reckoned by the server.
  useEffect(() => {
    if (run === null || over) return
    const timer = setInterval(again, 3_000)
    return () => clearInterval(timer)
  }, [run === null, over, again])
  if (error !== null && run === null) return <Problem error={error} again={again} />
  if (run === null) return data !== null && data.node === null ? <NotFound /> : <Loading />
  return <RunView run={run} />
}

function RunView({ run }: { run: Run }) {
  const { t, language, say, sayFault } = useText()
  const steps = run.steps.edges?.flatMap((edge) => (edge?.node == null ? [] : [edge.node])) ?? []
  const [chosen, setChosen] = useState<string | null>(null)
  const [sure, setSure] = useState(false)
  const doing = useDoing()
  const active =
    steps.find((step) => step.state === 'FAILED' || step.state === 'RUNNING') ??
    steps.findLast((step) => step.state === 'SUCCEEDED' || step.state === 'CACHED') ??
    steps[0]
  const shown = steps.find((step) => step.name === chosen) ?? active
  const over = isOver(run.state)
  const doingNow = steps.find(
    (step) => step.state === 'RUNNING' && step.message !== '' && step.message !== 'done',
  )
  const took =
    run.startedAt === null || run.endedAt === null
      ? null
      : (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000
  const curves = run.metrics.filter((series) => series.points.length > 1)
  const figures = run.metrics.flatMap(({ key, points }) => {
    const value = points.length === 1 ? points[0]!.value : null
    if (value === null) return []
    return [{ name: metricName(key, t), value: formatFigure(key, value) }]
  })
  const failure = run.failure ?? steps.find((step) => step.failure !== null)?.failure ?? null
  const samples = inOrder(
    run.files.filter((file) => file.kind === 'sample' || file.kind === 'grid'),
  )
  return (
    <>
      <div className="row between">
        <h1>{run.spec.name}</h1>
        <span role="status">
          <State state={run.state} text={t.run.state[run.state] ?? run.state} testid="run-state" />
        </span>
      </div>
      <p className="quiet" data-testid="run-about">
        <Link to={projectPath(run.project.id, 'pool')}>{say(run.project.name)}</Link>
        {run.startedAt !== null && ` · ${t.run.started(formatDate(run.startedAt, language))}`}
        {took !== null && ` · ${t.run.took(formatSeconds(took, t))}`}
      </p>
      {!over && (
        <div className="card">
          <Progress label={t.run.progress} value={run.progress} />
          <div className="row between">
            <span className="quiet">
              {doingNow === undefined
                ? say(run.message)
                : `${doingNow.name}: ${say(withoutTime(doingNow.message))}`}
              {run.secondsLeft !== null && ` · ${t.run.left(formatSeconds(run.secondsLeft, t))}`}
            </span>
            {!sure && (
              <button disabled={run.state === 'CANCELLING'} onClick={() => setSure(true)}>
                {t.run.cancel}
              </button>
            )}
            {sure && run.state !== 'CANCELLING' && (
              <div className="row" role="alertdialog" aria-label={t.run.cancel}>
                {t.run.cancelSure}
                <button
                  onClick={() =>
                    doing.run(async () => {
                      await act(RunCancel, { run: run.id })
                      setSure(false)
                    })
                  }
                >
                  {t.run.cancelYes}
                </button>
                <button autoFocus onClick={() => setSure(false)}>
                  {t.run.cancelNo}
                </button>
              </div>
            )}
          </div>
        </div>
      )}
      {run.state === 'WAITING' && <Waiting run={run.id} />}
      <Problem error={doing.error} />
      {failure !== null && (
        <div className="notice bad" role="alert" data-testid="run-failure">
          <strong>{say(failure.sentence)}</strong>
          {failure.cause !== '' && !failure.sentence.includes(failure.cause) && (
            <p>
              {t.run.cause}: {sayFault(failure.fault) ?? say(failure.cause)}
            </p>
          )}
          <p>
            {t.run.fix}: {say(failure.fix)}
          </p>
          <Link to={projectPath(run.project.id, 'plan')}>{t.run.toPlan}</Link>
        </div>
      )}
      {run.state === 'CANCELLED' && (
        <div className="notice" data-testid="run-cancelled">
          <p>{t.run.cancelled}</p>
          <Link to={projectPath(run.project.id, 'plan')}>{t.run.toPlan}</Link>
        </div>
      )}
      {run.modelVersion !== null && (
        <div className="notice good">
          <Link
            className="button primary"
            data-testid="open-model"
            to={modelPath(run.modelVersion.id)}
          >
            {t.run.model}
          </Link>
        </div>
      )}
      <LazyDiagram
        label={t.plan.pipeline}
        testid="plan-diagram"
        nodes={run.spec.components.map((component) => {
          const step = steps.find((it) => it.name === component.name)
          return {
            key: component.name,
            title: component.name,
            type: component.type,
            detail: t.run.step[step?.state ?? 'PENDING'] ?? '',
            state: step?.state ?? 'PENDING',
            progress: step?.progress ?? 0,
          }
        })}
        edges={run.spec.edges}
        onChoose={setChosen}
      />
      <br />
      <section className="card" hidden={over && samples.length === 0}>
        <h2>{t.run.samples}</h2>
        {samples.length === 0 && <p className="quiet">{t.run.samplesEmpty}</p>}
        <ul className="grid">
          {samples.map((file) => (
            <li key={file.path} className={file.kind === 'grid' ? 'wide' : ''}>
              <figure data-testid="sample-image">
                <a href={file.url} target="_blank" rel="noreferrer">
                  <img className="pixel" src={file.url} alt={sampleTitle(file, t)} loading="lazy" />
                </a>
                <figcaption>{sampleTitle(file, t)}</figcaption>
              </figure>
            </li>
          ))}
        </ul>
      </section>
      <div className="two">
        <section className="card">
          <h2>{t.run.steps}</h2>
          {steps.map((step) => (
            <div key={step.id} data-testid={`step-${step.name}`} data-state={step.state}>
              <div className="row between">
                <button
                  className="small"
                  aria-pressed={shown?.id === step.id}
                  onClick={() => setChosen(step.name)}
                >
                  {step.name}
                </button>
                <State state={step.state} text={t.run.step[step.state] ?? step.state} />
              </div>
              <p className="quiet">
                {step.failure === null
                  ? say(
                      step.cacheNote ?? (step.message === 'done' ? '' : withoutTime(step.message)),
                    )
                  : (sayFault(step.failure.fault) ?? say(step.failure.cause))}
              </p>
              <Place step={step} />
              {step.state === 'RUNNING' && <Progress label={step.name} value={step.progress} />}
            </div>
          ))}
        </section>
        <section className="card">
          <h2>{t.run.metrics}</h2>
          {run.metrics.length === 0 && (
            <p className="quiet">{over ? t.run.metricsNone : t.run.metricsEmpty}</p>
          )}
          <div className="charts">
            {curves.map((series) => (
              <MetricChart
                key={series.key}
                name={metricName(series.key, t)}
                points={series.points}
              />
            ))}
          </div>
          {figures.length > 0 && (
            <dl className="figures">
              {figures.map((it) => (
                <Pair key={it.name} {...it} />
              ))}
            </dl>
          )}
        </section>
      </div>
      {shown !== undefined && (
        <section className="card">
          <h2>
            {t.run.log} · {shown.name}
          </h2>
          <RunLog key={shown.id} step={shown.id} over={over} />
        </section>
      )}
      {run.params.length > 0 && (
        <details className="card">
          <summary>{t.run.params}</summary>
          <dl>
            {run.params.map((it) => (
              <Pair
                key={it.name}
                name={settingName(it.name, t)}
                value={settingValue(it.name, it.value, t)}
              />
            ))}
          </dl>
        </details>
      )}
    </>
  )
}

type StepNode = NonNullable<NonNullable<NonNullable<Run['steps']['edges']>[number]>['node']>

/** A step's own guess of its time stands beside the run's: two figures that differ help nobody. */
const withoutTime = (message: string): string => message.replace(/, \d+ s left$/, '')

/** On which node and devices the step runs or ran, and at which attempt. */
function Place({ step }: { step: StepNode }) {
  const { t } = useText()
  const last = step.attempts.edges?.at(-1)?.node
  if (last == null) return null
  const parts = [
    ...(last.ordinal > 1 ? [t.run.attempt(last.ordinal)] : []),
    ...(last.node === null ? [] : [t.run.onNode(last.node)]),
    ...(last.deviceCount > 0 ? [`${last.deviceType ?? 'GPU'} x ${last.deviceCount}`] : []),
  ]
  if (parts.length === 0) return null
  return (
    <p className="quiet" data-testid={`place-${step.name}`}>
      <small>{parts.join(' · ')}</small>
    </p>
  )
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}
