import type { ResultOf } from '../graph/graphql.ts'
import type { RunEventsDocument, RunQuery } from './run-queries.ts'

export type Run = Extract<NonNullable<ResultOf<typeof RunQuery>['node']>, { __typename: 'Run' }>
export type RunEvent = ResultOf<typeof RunEventsDocument>['runEvents']['events'][number]

/** The run after one event: what the page shows is always its last reading plus the events since. */
export function applyEvent(run: Run, event: RunEvent): Run {
  switch (event.kind) {
    case 'RUN_STATE':
      return {
        ...run,
        state: event.runState ?? run.state,
        failure: event.failure ?? run.failure,
        message: event.message ?? run.message,
      }
    case 'STEP_STATE':
    case 'PROGRESS': {
      if (event.step === null)
        return {
          ...run,
          progress: event.progress ?? run.progress,
          message: event.message ?? run.message,
        }
      const edges = run.steps.edges?.map((edge) => {
        if (edge?.node == null || edge.node.name !== event.step) return edge
        return {
          ...edge,
          node: {
            ...edge.node,
            state: event.stepState ?? edge.node.state,
            progress: event.progress ?? edge.node.progress,
            message: event.message ?? edge.node.message,
            failure: event.failure ?? edge.node.failure,
          },
        }
      })
      return { ...run, steps: { ...run.steps, edges: edges ?? null } }
    }
    case 'METRICS': {
      const metrics = [...run.metrics]
      for (const { key, step, value } of event.metrics ?? []) {
        const at = metrics.findIndex((series) => series.key === key)
        if (at < 0) metrics.push({ key, points: [{ step, value }] })
        else if (!metrics[at]!.points.some((point) => point.step === step)) {
          metrics[at] = { key, points: [...metrics[at]!.points, { step, value }] }
        }
      }
      return { ...run, metrics }
    }
    case 'FILE': {
      const { file } = event
      return file === null
        ? run
        : { ...run, files: [...run.files.filter((it) => it.path !== file.path), file] }
    }
    case 'ATTEMPT_STATE':
    case 'MODEL':
      return run
  }
}

export const isOver = (state: string): boolean =>
  state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED'
