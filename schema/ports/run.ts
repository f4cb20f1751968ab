import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'
import type {
  Attempt,
  LogChunk,
  MetricSeries,
  NameValue,
  Run,
  RunEventBatch,
  RunFile,
  RunProgress,
  Step,
} from '../domain/run.ts'
import type { RunState } from '../domain/run-state.ts'
import type { Page, Slice } from './page.ts'

/** `after` of a page is the raw key of the last node seen. What a viewer may not see is not there. */
export interface RunsPort {
  byId(viewer: Viewer, id: Id): Promise<Run | null>
  /** Newest first. */
  list(
    viewer: Viewer,
    page: Page & { readonly projectId: Id | null; readonly state: RunState | null },
  ): Promise<Slice<Run>>
  steps(viewer: Viewer, runId: Id, page: Page): Promise<Slice<Step>>
  stepById(viewer: Viewer, id: Id): Promise<Step | null>
  attempts(viewer: Viewer, stepId: Id, page: Page): Promise<Slice<Attempt>>
  attemptById(viewer: Viewer, id: Id): Promise<Attempt | null>
  progress(viewer: Viewer, runId: Id): Promise<RunProgress>
  /** At most `maxPoints` points per key, spread evenly, the last one always among them. */
  metrics(
    viewer: Viewer,
    runId: Id,
    keys: readonly string[] | null,
    maxPoints: number,
  ): Promise<MetricSeries[]>
  params(viewer: Viewer, runId: Id): Promise<NameValue[]>
  /** The newest 1,000, by path. */
  files(viewer: Viewer, runId: Id): Promise<RunFile[]>
  fileUrl(file: Pick<RunFile, 'path' | 'sha256'>): string
  modelVersionId(viewer: Viewer, runId: Id): Promise<Id | null>
  /** The cursor behind the run's newest event. */
  cursor(run: Run): string
  /**
   * A piece of the step's log: its attempts one after the other. `from` counts bytes; a negative one counts from the end.
   */
  log(viewer: Viewer, stepId: Id, from: number, max: number): Promise<LogChunk>
  /** @throws DomainError ILLEGAL_STATE when it has ended */
  cancel(viewer: Viewer, runId: Id): Promise<Run>
  /**
   * A run's history behind `after` (null: from its beginning), then what comes, until the run ends.
   *
   * @throws DomainError NOT_FOUND, BAD_INPUT, CURSOR_TOO_OLD, SLOW_CONSUMER
   */
  events(
    viewer: Viewer,
    runId: Id,
    after: string | null,
    signal?: AbortSignal,
  ): AsyncIterable<RunEventBatch>
  /** A step's log as it grows, until the step has ended and all of it was told. */
  followLog(viewer: Viewer, stepId: Id, from: number, signal?: AbortSignal): AsyncIterable<LogChunk>
}
