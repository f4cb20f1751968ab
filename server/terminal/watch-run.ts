import { setTimeout as sleep } from 'node:timers/promises'
import { DomainError } from '#schema/domain/errors.ts'
import { barText, plainText, secondsText, type Screen } from './screen.ts'
import type { Wire } from './wire.ts'

interface FailureNode {
  readonly code: string
  readonly sentence: string
  readonly cause: string
  readonly fix: string
}
interface EventNode {
  readonly seq: number
  readonly at: string
  readonly kind: string
  readonly step: string | null
  readonly stepState: string | null
  readonly runState: string | null
  readonly attempt: number | null
  readonly progress: number | null
  readonly message: string | null
  readonly metrics:
    readonly { readonly key: string; readonly value: number | null; readonly step: number }[] | null
  readonly file: {
    readonly path: string
    readonly kind: string
    readonly step: number | null
  } | null
  readonly failure: FailureNode | null
}
interface Batch {
  readonly runEvents: {
    readonly events: readonly EventNode[]
    readonly cursor: string
    readonly ended: boolean
  }
}

const subscription = `subscription($run: ID!, $after: String) { runEvents(run: $run, after: $after) { cursor ended events {
  seq at kind step stepState runState attempt progress message
  metrics { key value step } file { path kind step } failure { code sentence cause fix } } } }`

export interface StepView {
  readonly name: string
  state: string
  progress: number
  message: string
  startedAt: number | null
  endedAt: number | null
}

const signs: Readonly<Record<string, string>> = {
  PENDING: '·',
  READY: '·',
  RUNNING: '●',
  SUCCEEDED: '✓',
  CACHED: '✓',
  FAILED: '✗',
  CANCELLED: '-',
  SKIPPED: '-',
}

/** A step as one line. */
export function stepLine(step: StepView, loss: number | null): string {
  const took =
    step.startedAt !== null && step.endedAt !== null
      ? secondsText((step.endedAt - step.startedAt) / 1000)
      : ''
  const sign = signs[step.state] ?? ' '
  const name = step.name.padEnd(14)
  if (step.state === 'RUNNING') {
    const tail = loss === null ? '' : `  loss ${loss.toFixed(4)}`
    return `${sign} ${name} ${barText(step.progress)}  ${plainText(step.message)}${tail}`
  }
  if (step.state === 'CACHED') return `${sign} ${name} taken from an earlier run`
  if (step.state === 'PENDING' || step.state === 'READY') {
    return `${sign} ${name} ${plainText(step.message) || 'waits'}`
  }
  return `${sign} ${name} ${step.state.toLowerCase()}${took === '' ? '' : ` in ${took}`}`
}

/** What became of a run. */
export interface RunEnd {
  readonly state: string
  readonly failure: FailureNode | null
}

/** Keeps the picture of a run up to date from its events, and tells them. */
class RunView {
  readonly #screen: Screen
  readonly #steps: StepView[]
  #state = 'WAITING'
  #loss: number | null = null
  #failure: FailureNode | null = null
  #toldAt = 0

  constructor(screen: Screen, steps: readonly string[]) {
    this.#screen = screen
    this.#steps = steps.map((name) => ({
      name,
      state: 'PENDING',
      progress: 0,
      message: '',
      startedAt: null,
      endedAt: null,
    }))
  }

  get end(): RunEnd {
    return { state: this.#state, failure: this.#failure }
  }

  apply(event: EventNode): void {
    const told = Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null))
    this.#screen.event('run', told)
    const step = this.#steps.find((step) => step.name === event.step)
    if (event.runState !== null) this.#state = event.runState
    if (event.failure !== null && (event.runState !== null || this.#failure === null)) {
      this.#failure = event.failure
    }
    if (step !== undefined) {
      if (event.progress !== null) step.progress = event.progress
      if (event.message !== null) step.message = event.message
      if (event.stepState !== null) this.#moved(step, event.stepState, Date.parse(event.at))
      else if (event.kind === 'PROGRESS') this.#tell(step)
    }
    for (const metric of event.metrics ?? []) if (metric.key === 'loss') this.#loss = metric.value
    if (event.file !== null)
      this.#screen.say(`  ${event.file.kind} ${plainText(event.file.path)}`, 'dim')
  }

  #moved(step: StepView, state: string, at: number): void {
    step.state = state
    if (state === 'RUNNING') step.startedAt ??= at
    if (['SUCCEEDED', 'FAILED', 'CANCELLED', 'SKIPPED', 'CACHED'].includes(state)) step.endedAt = at
    if (!this.#screen.live && state !== 'READY' && state !== 'PENDING') {
      this.#screen.say(stepLine(step, null))
      this.#toldAt = 0
    }
  }

  /** A log gets a line now and then, not every step of training. */
  #tell(step: StepView): void {
    if (this.#screen.live || Date.now() - this.#toldAt < 5_000) return
    this.#toldAt = Date.now()
    const loss = this.#loss === null ? '' : `, loss ${this.#loss.toFixed(4)}`
    this.#screen.say(
      `${step.name} ${Math.floor(step.progress * 100)} %: ${plainText(step.message)}${loss}`,
    )
  }

  draw(): void {
    this.#screen.block(this.#steps.map((step) => `  ${stepLine(step, this.#loss)}`))
  }
}

const patienceMs = 120_000

/**
 * Tells a run live until it ends. A lost connection is taken up again behind the last event that came.
 *
 * @throws DomainError UNAVAILABLE when the server stays away
 */
export async function watchRun(
  wire: Wire,
  screen: Screen,
  run: { readonly id: string; readonly steps: readonly string[] },
  signal: AbortSignal,
): Promise<RunEnd> {
  const view = new RunView(screen, run.steps)
  let after: string | null = null
  let lostAt: number | null = null
  view.draw()
  while (!signal.aborted) {
    const events: AsyncIterableIterator<Batch> = wire.watch<Batch>(subscription, {
      run: run.id,
      after,
    })
    const stop = (): void => void events.return?.()
    signal.addEventListener('abort', stop, { once: true })
    try {
      for await (const { runEvents } of events) {
        lostAt = null
        for (const event of runEvents.events) view.apply(event)
        after = runEvents.cursor
        view.draw()
        if (runEvents.ended) {
          screen.block([])
          return view.end
        }
      }
    } catch (error) {
      const coded =
        error instanceof DomainError && error.code !== 'SLOW_CONSUMER' && error.code !== 'INTERNAL'
      if (coded) throw error
      lostAt ??= Date.now()
      if (Date.now() - lostAt > patienceMs) {
        throw new DomainError(
          'UNAVAILABLE',
          'The server stays away; the run goes on there. Start it and look at its runs.',
        )
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
    await sleep(500)
  }
  return view.end
}
