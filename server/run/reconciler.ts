import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { canonicalJson, sha256Text } from '#schema/domain/canonical-json.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Attempt, Failure, Run, Step } from '#schema/domain/run.ts'
import type { StepState } from '#schema/domain/run-state.ts'
import { gpusOf } from '#schema/domain/request.ts'
import { readiness, runOutcome } from '#schema/domain/run-state.ts'
import { connections, parseSpec, type Component, type Spec } from '#schema/domain/spec.ts'
import type { Db, OpenDatabase, Trx } from '../db/pool.ts'
import { holdsLease, releaseLease, renewSeconds, takeLease } from '../db/lease.ts'
import {
  NotNow,
  type Capacity,
  type CollectedOutput,
  type Executor,
  type Exit,
  type Launch,
} from '../executor/executor.ts'
import type { ComponentEnvironment } from '../job/environment.ts'
import { appendRunEvents, type Told } from '../live/log.ts'
import { Holdings } from '../queue/holdings.ts'
import type { Choice } from '../queue/schedule.ts'
import { cacheFields, cacheKey, differingField, type CacheFields } from './cache-key.ts'
import {
  backoff,
  classifyExit,
  infrastructureBudget,
  lost,
  outputMissing,
  ownFault,
  verdict,
  type Verdict,
} from './failure.ts'
import {
  artifactsOfRun,
  endOpenSteps,
  moveAttempt,
  moveRun,
  moveStep,
  Overtaken,
  rowToAttempt,
  rowToRun,
  rowToStep,
  stepsOfRun,
  stepsOfRuns,
  type Artifact,
  type Tell,
} from './run-store.ts'
import {
  approvalFault,
  capped,
  chooseSome,
  launchTerms,
  mayStart,
  slotForStep,
  type LaunchTerms,
  type Waiting,
} from './dequeue.ts'
import { hashToken, runToken } from './run-token.ts'
import { neverFits, type Slot } from './slots.ts'
import { ProgressReader } from './step-progress.ts'

/** A run as it is told to whoever records its model. */
export interface RunRecord {
  readonly id: Id
  readonly projectId: Id
  readonly requestId: Id
  readonly specId: Id
  readonly seed: number
  readonly createdBy: Id
  readonly createdAt: Date
  readonly startedAt: Date
  readonly endedAt: Date
}

/** Named places where a process may die; tests die there on purpose. */
export type Point =
  | 'run-started'
  | 'attempt-committed'
  | 'attempt-launched'
  | 'attempt-started'
  | 'exit-seen'
  | 'outputs-kept'
  | 'step-committed'
  | 'run-ended'

export interface ReconcilerDeps {
  readonly database: OpenDatabase
  readonly executor: Executor
  readonly environment: ComponentEnvironment
  newId(): Id
  readonly secret: string
  publicUrl(): string
  /** Who holds the lease. Two with the same `place` never live at once: the data folder's lock sees to that. */
  readonly place: string
  onRunSucceeded(trx: Trx, run: RunRecord): Promise<{ modelVersionId: string } | null>
  log(message: string, facts?: object): void
  readonly retryBaseMs?: number
  reached?(point: Point): void
}

class LostLease extends Error {}

/** A pause that whoever has news ends early. */
class Alarm {
  #wake: (() => void) | null = null
  #woken = false

  poke(): void {
    this.#woken = true
    this.#wake?.()
  }

  async rest(ms: number): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((done) => {
        const timer = setTimeout(done, ms)
        this.#wake = () => {
          clearTimeout(timer)
          done()
        }
      })
    }
    this.#woken = false
    this.#wake = null
    // Everything before may have been microtasks (PGlite answers so): timers and sockets get their turn.
    await sleep(breathMs)
  }
}

const breathMs = 5
const idleMs = 2_000
const activeMs = 400
const progressMs = 500
const complaintMs = 10_000
const maxPutOffMs = 15_000
/** With no more open attempts than this, every round looks at all of them; else at those that changed, and at all now and then. */
const lookAtAll = 50
/** And so many of them at a time. */
const slice = 100
const sliceMs = 1_000
/** A round does not wait longer than this for what its looks find. */
const lookMs = 50
/** All runs are asked for what moves this often; those that something happened to at once. */
const allRunsMs = 250
/** What an attempt waits for is told when it has waited for so long. */
const patientMs = 1_000
/** Changes that are committed together, while others wait for it. */
const together = 24
/** What waits longer for a row than this is committed by itself, beside the others. */
const lockMs = 500
const specsKept = 1_000
/** Runs that may start in one round. */
const picksOfARound = 16
const logEndBytes = 64 * 1024
/** When nothing is known of an attempt's log yet, its end tells where it stands. */
const catchUpBytes = 64 * 1024

interface OpenAttempt extends Attempt {
  readonly stepName: string
  readonly step: Step
  readonly run: Run
  readonly slot: Slot
}

/** A change that waits for its transaction. */
interface Write {
  work(trx: Trx, fence: number, tell: Tell): Promise<unknown>
  done(result: unknown): void
  fail(error: unknown): void
}

/** What was read of a step before it is launched. */
interface Known {
  readonly inputs: readonly NamedArtifact[]
  readonly terms: LaunchTerms
}

interface SameStep {
  readonly id: Id
  readonly run_id: Id
  readonly state: StepState
  readonly started_at: Date | null
  readonly ended_at: Date | null
}

interface NamedArtifact {
  readonly name: string
  readonly artifact: Artifact
}

interface Following {
  readonly reader: ProgressReader
  offset: number
  readAt: number
  told: number
  value: number
  message: string
}

/**
 * Desired state in the database, observed state from the executor; it acts on the difference and nothing else,
 * so that it can die anywhere and another one goes on. Every write is fenced by the lease.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps
  readonly #db: Db
  readonly #holder: string
  readonly #lease: string
  #fence: number | null = null
  /** Attempts with work under way in this process: the next round leaves them alone. */
  readonly #busy = new Map<Id, Promise<void>>()
  readonly #following = new Map<Id, Following>()
  readonly #specs = new Map<Id, Spec>()
  readonly #told = new Map<Id, string>()
  readonly #stumbles = new Map<Id, number>()
  /** Attempts that could not be made yet, and when that is tried again. */
  readonly #putOffs = new Map<Id, { readonly times: number; readonly until: number }>()
  readonly #complaints = new Map<string, number>()
  /** Attempts that the executor told of since the last round. */
  readonly #changed = new Set<Id>()
  /** Attempts that are being looked at. */
  readonly #looking = new Map<Id, Promise<void>>()
  /** Runs that something happened to since the last round. */
  readonly #moved = new Set<Id>()
  /** Steps whose start is under way. */
  readonly #starting = new Set<Id>()
  /** Since when attempts wait before their program begins. */
  readonly #waits = new Map<Id, number>()
  readonly #writes: Write[] = []
  #writing = false
  readonly #holdings: Holdings
  /** Slots are given to one at a time. */
  #giving: Promise<unknown> = Promise.resolve()
  #noticed = true
  #allRunsAt = -Infinity
  #cursor = ''
  #openCount = 0
  #lookedAt = -Infinity
  readonly #looks = new Alarm()
  readonly #rounds = new Alarm()

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps
    this.#db = deps.database.db
    this.#holdings = new Holdings(this.#db)
    this.#holder = `${deps.place}#${deps.newId()}`
    this.#lease = `executor/${deps.executor.name}`
  }

  /** Works until the signal aborts, then gives its lease back. Steps that run go on running. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#expireOwnPast()
    // Notices are hints: without them the rounds still come.
    const unlisten = await this.#deps.database
      .listen('queue', () => {
        this.#noticed = true
        this.#pokeAll()
      })
      .catch(() => () => Promise.resolve())
    const unwatch = this.#deps.executor.watch((attemptId) => {
      this.#changed.add(attemptId)
      this.#looks.poke()
    })
    const stop = (): void => this.#pokeAll()
    signal.addEventListener('abort', stop)
    const renewing = setInterval(() => void this.#renew(), renewSeconds * 1000)
    await this.#renew()
    await this.#sweep().catch((error: unknown) => this.#complain('cleaning up', error))
    try {
      // Beside each other: how an attempt is does not wait for whose turn it is, which may take a while to find out.
      await Promise.all([
        this.#repeat('a look', signal, this.#looks, () => this.#lookAround()),
        this.#repeat('a round', signal, this.#rounds, () => this.#round(signal)),
      ])
    } finally {
      clearInterval(renewing)
      signal.removeEventListener('abort', stop)
      unwatch()
      await unlisten().catch(() => undefined)
      await Promise.allSettled([...this.#looking.values(), ...this.#busy.values()])
      await releaseLease(this.#db, this.#lease, this.#holder).catch(() => undefined)
    }
  }

  // --- lease ----------------------------------------------------------------------------------

  /** Holding the data folder's lock proves that whoever held our place before is dead: no need to wait it out. */
  async #expireOwnPast(): Promise<void> {
    await sql`update lease set expires_at = now() - interval '1 second'
      where name = ${this.#lease} and holder like ${`${this.#deps.place.replaceAll(/[\\%_]/g, '\\$&')}#%`}`
      .execute(this.#db)
      .catch((error: unknown) => this.#complain('the lease', error))
  }

  async #renew(): Promise<void> {
    try {
      const fence = await takeLease(this.#db, this.#lease, this.#holder)
      if (fence !== this.#fence) {
        // Somebody else may have given what is there meanwhile.
        this.#holdings.forget()
        this.#noticed = true
        this.#pokeAll()
      }
      this.#fence = fence
    } catch (error) {
      // The lease may still be ours: every write asks.
      this.#complain('the lease', error)
    }
  }

  /**
   * A transaction that commits only while the lease is ours, its events at its end. Changes that come while another one
   * is being committed go together in the next: each alone would cost as many statements for its fence as for itself.
   *
   * @param alone what may take its time has a transaction of its own
   */
  #fenced<T>(work: (trx: Trx, fence: number, tell: Tell) => Promise<T>, alone = false): Promise<T> {
    return new Promise((done, fail) => {
      // Its result goes to who asked for it and to nobody else.
      const write: Write = { work, done: (result) => done(result as T), fail }
      if (alone) return void this.#commit([write], null)
      this.#writes.push(write)
      if (!this.#writing) void this.#commitAll()
    })
  }

  async #commitAll(): Promise<void> {
    this.#writing = true
    // What is asked for in the same turn goes along.
    await Promise.resolve()
    while (this.#writes.length > 0) await this.#commit(this.#writes.splice(0, together), lockMs)
    this.#writing = false
  }

  /**
   * Never throws: each write is told how it went.
   *
   * @param lockMs whoever waits longer for a row makes way for the others; null: none wait for it
   */
  async #commit(writes: readonly Write[], lockMs: number | null): Promise<void> {
    const fence = this.#fence
    const results: unknown[] = []
    try {
      if (fence === null) throw new LostLease()
      await this.#db.transaction().execute(async (trx) => {
        if (!(await holdsLease(trx, this.#lease, fence, lockMs))) throw new LostLease()
        const told: Told[] = []
        const tell: Tell = (runId, event, alsoQueue = false) =>
          void told.push({ runId, event, alsoQueue })
        for (const { work } of writes) results.push(await work(trx, fence, tell))
        await appendRunEvents(trx, told)
      })
    } catch (error) {
      const alone = writes.length === 1 && !(lockMs !== null && isLockTimeout(error))
      if (alone || error instanceof LostLease) for (const { fail } of writes) fail(error)
      // One of them cannot be done as it was meant, or waits for somebody: each by itself then.
      else for (const write of writes) void this.#commit([write], null)
      return
    }
    for (const [index, { done }] of writes.entries()) done(results[index])
  }

  #recover(doing: string, error: unknown): void {
    // Whether what failed was committed, only the database knows.
    this.#holdings.forget()
    if (error instanceof Overtaken) this.#pokeAll()
    else if (error instanceof LostLease) this.#fence = null
    else this.#complain(doing, error)
  }

  /** Told once in ten seconds for each kind: a database that is away fails every round. */
  #complain(doing: string, error: unknown): void {
    const now = performance.now()
    const message = error instanceof Error ? error.message : String(error)
    const key = `${doing}: ${message}`
    if (now - (this.#complaints.get(key) ?? -complaintMs) < complaintMs) return
    if (this.#complaints.size > 100) this.#complaints.clear()
    this.#complaints.set(key, now)
    const stack = error instanceof Error ? error.stack : undefined
    this.#deps.log(`The run engine met an error (${doing}).`, { error: stack ?? message })
  }

  // --- the loop -------------------------------------------------------------------------------

  #poke(): void {
    this.#rounds.poke()
  }

  #pokeAll(): void {
    this.#looks.poke()
    this.#rounds.poke()
  }

  async #repeat(
    doing: string,
    signal: AbortSignal,
    alarm: Alarm,
    work: () => Promise<boolean>,
  ): Promise<void> {
    while (!signal.aborted) {
      let active = false
      if (this.#fence !== null) {
        try {
          active = await work()
        } catch (error) {
          this.#recover(doing, error)
        }
      }
      if (!signal.aborted) await alarm.rest(active ? activeMs : idleMs)
    }
  }

  /** @returns whether anything is under way that is worth a closer look soon */
  async #lookAround(): Promise<boolean> {
    const open = await this.#attemptsToLookAt(performance.now())
    const looks = open.map((attempt) => this.#look(attempt))
    if (looks.length > 0) await Promise.race([Promise.all(looks), sleep(lookMs)])
    return open.length > 0 || this.#openCount > 0
  }

  /** @returns whether anything is under way that is worth a closer look soon */
  async #round(signal: AbortSignal): Promise<boolean> {
    const runs = await this.#runsThatMove(performance.now())
    const steps = await stepsOfRuns(
      this.#db,
      runs.map((run) => run.id),
    )
    await Promise.all(runs.map((run) => this.#moveOn(run, steps.get(run.id) ?? [])))
    if (signal.aborted || this.#fence === null) return false
    const blocked = await this.#startReady()
    // What a run was given stays its own until it ends, so a slot that comes free in between goes to no other.
    if (!blocked && (await this.#pick())) this.#poke()
    return runs.length > 0 || this.#openCount > 0
  }

  /**
   * Those that changed; with few of them all, with many now and then a part of them (what was told of may be lost), those
   * that are not begun and those that are to be cancelled.
   */
  async #attemptsToLookAt(now: number): Promise<OpenAttempt[]> {
    const changed = [...this.#changed]
    this.#changed.clear()
    if (this.#openCount <= lookAtAll) {
      const open = await this.#openAttempts(null)
      this.#openCount = open.length
      return open
    }
    if (now - this.#lookedAt < sliceMs)
      return changed.length === 0 ? [] : this.#openAttempts(changed)
    this.#lookedAt = now
    const rows = await this.#db
      .selectFrom('attempt')
      .innerJoin('run', 'run.id', 'attempt.run_id')
      .select(['attempt.id', 'attempt.state', 'run.state as run_state'])
      .where('attempt.executor', '=', this.#deps.executor.name)
      .where('attempt.state', 'in', ['PENDING', 'SUBMITTING', 'STARTED'])
      .orderBy('attempt.id')
      .execute()
    this.#openCount = rows.length
    const behind = rows.filter(({ id }) => id > this.#cursor).slice(0, slice)
    this.#cursor = behind.length < slice ? '' : behind.at(-1)!.id
    // Of those that are being made there may be hundreds, and each is in somebody's hands.
    const urgent = rows.filter(
      ({ id, state, run_state }) =>
        run_state === 'CANCELLING' || (state !== 'STARTED' && !this.#busy.has(id)),
    )
    const ids = new Set([...changed, ...behind.map(({ id }) => id), ...urgent.map(({ id }) => id)])
    return ids.size === 0 ? [] : this.#openAttempts([...ids])
  }

  /** One look at an attempt at a time; what came meanwhile is looked at in the next round. */
  #look(attempt: OpenAttempt): Promise<void> {
    if (this.#looking.has(attempt.id)) {
      this.#changed.add(attempt.id)
      return Promise.resolve()
    }
    const done = this.#lookAt(attempt).finally(() => {
      this.#looking.delete(attempt.id)
      if (this.#changed.has(attempt.id)) this.#looks.poke()
    })
    this.#looking.set(attempt.id, done)
    return done
  }

  /**
   * What is next for the run: steps whose turn it is, or its end.
   *
   * @param readied those that became ready just now; others that are ready may have to wait (a pause before a retry)
   */
  async #moveOn(run: Run, steps: readonly Step[], readied: readonly Step[] = []): Promise<void> {
    try {
      if (run.state === 'CANCELLING') return await this.#finishCancel(run)
      const ready = [...readied, ...(await this.#advance(run, steps))]
      // Within what the run was given nobody is ahead of it; what needs more waits for its turn.
      for (const step of ready) await this.#startStep(run, step, false)
    } catch (error) {
      this.#recover(`run ${run.id}`, error)
    }
  }

  /** All, or those of these ids. */
  async #openAttempts(ids: readonly Id[] | null): Promise<OpenAttempt[]> {
    let query = this.#db
      .selectFrom('attempt')
      .selectAll()
      .where('executor', '=', this.#deps.executor.name)
      .where('state', 'in', ['PENDING', 'SUBMITTING', 'STARTED'])
    if (ids !== null) query = query.where('id', 'in', ids)
    const rows = await query.orderBy('id').execute()
    if (rows.length === 0) return []
    const [steps, runs] = await Promise.all([
      this.#db
        .selectFrom('step')
        .selectAll()
        .where(
          'id',
          'in',
          rows.map((row) => row.step_id),
        )
        .execute(),
      this.#db
        .selectFrom('run')
        .selectAll()
        .where('id', 'in', [...new Set(rows.map((row) => row.run_id))])
        .execute(),
    ])
    const stepById = new Map(steps.map((step) => [step.id, step]))
    const runById = new Map(runs.map((run) => [run.id, run]))
    return rows.map((row) => {
      const step = rowToStep(stepById.get(row.step_id)!)
      return {
        ...rowToAttempt(row),
        stepName: step.name,
        step,
        run: rowToRun(runById.get(row.run_id)!),
        slot: row.handle as Slot,
      }
    })
  }

  /**
   * Active runs in the queue's order, but those of which every step runs, is ready or has ended while one still goes on:
   * those that something happened to, and now and then all.
   */
  async #runsThatMove(now: number): Promise<Run[]> {
    const sinceAll = now - this.#allRunsAt
    const all = this.#openCount <= lookAtAll || sinceAll >= (this.#noticed ? allRunsMs : activeMs)
    const moved = [...this.#moved]
    this.#moved.clear()
    if (all) {
      this.#allRunsAt = now
      this.#noticed = false
    } else if (moved.length === 0) return []
    const rows = await this.#db
      .selectFrom('run')
      .selectAll()
      .where('run.state', 'in', ['RUNNING', 'CANCELLING'])
      .$if(!all, (query) => query.where('run.id', 'in', moved))
      .where((eb) => {
        const has = (...states: StepState[]) =>
          eb.exists(
            eb
              .selectFrom('step')
              .select('step.id')
              .whereRef('step.run_id', '=', 'run.id')
              .where('step.state', 'in', states),
          )
        return eb.or([
          eb('run.state', '=', 'CANCELLING'),
          eb.and([
            eb('run.state', '=', 'RUNNING'),
            eb.or([has('PENDING'), eb.not(has('READY', 'RUNNING'))]),
          ]),
        ])
      })
      .orderBy('priority', 'desc')
      .orderBy('rank')
      .orderBy('fair_tag')
      .orderBy('id')
      .execute()
    return rows.map(rowToRun)
  }

  async #specOf(specId: Id): Promise<Spec> {
    const known = this.#specs.get(specId)
    if (known !== undefined) return known
    const { body } = await this.#db
      .selectFrom('spec')
      .select('body')
      .where('id', '=', specId)
      .executeTakeFirstOrThrow()
    const { spec } = parseSpec(body)
    if (spec === null) throw new Error(`the stored spec ${specId} cannot be read`)
    const [oldest] = this.#specs.keys()
    if (this.#specs.size >= specsKept && oldest !== undefined) this.#specs.delete(oldest)
    this.#specs.set(specId, spec)
    return spec
  }

  async #component(run: Run, stepName: string): Promise<{ spec: Spec; component: Component }> {
    const spec = await this.#specOf(run.specId)
    const component = spec.components.find((component) => component.name === stepName)
    if (component === undefined) throw new Error(`the spec has no component ${stepName}`)
    return { spec, component }
  }

  /** One piece of slow work per attempt at a time, beside the rounds. */
  #beside(attemptId: Id, work: () => Promise<void>): void {
    if (this.#busy.has(attemptId)) return
    const done = work()
      .catch((error: unknown) => this.#recover(`attempt ${attemptId}`, error))
      .finally(() => {
        this.#busy.delete(attemptId)
        // What came while it was busy was not looked at.
        this.#changed.add(attemptId)
        this.#looks.poke()
      })
    this.#busy.set(attemptId, done)
  }

  // --- attempts -------------------------------------------------------------------------------

  async #lookAt(attempt: OpenAttempt): Promise<void> {
    if (this.#busy.has(attempt.id)) return
    const { executor } = this.#deps
    try {
      const cancelling = attempt.run.state === 'CANCELLING'
      const seen = await executor.observe(attempt.id)
      switch (seen.state) {
        case 'running':
          if (cancelling) await executor.stop(attempt.id)
          if (seen.node !== undefined && seen.node !== attempt.node)
            await this.#markNode(attempt, seen.node)
          if (attempt.state === 'SUBMITTING') await this.#markStarted(attempt)
          else if (seen.waitingFor === undefined) await this.#followProgress(attempt)
          else await this.#tellWait(attempt, seen.waitingFor)
          return
        case 'ended':
          this.#beside(attempt.id, () => this.#settle(attempt, seen.exit))
          return
        case 'lost':
          this.#beside(attempt.id, () => this.#fail(attempt, lost(attempt.stepName), 'LOST', null))
          return
        case 'absent':
          if (attempt.state === 'STARTED') {
            this.#beside(attempt.id, () =>
              this.#fail(attempt, lost(attempt.stepName), 'LOST', null),
            )
          } else if (cancelling) {
            // The stop mark first: from then on it cannot start any more, whoever tries.
            await executor.stop(attempt.id)
            this.#beside(attempt.id, () => this.#cancelled(attempt, null))
          } else if (executor.usesEnvironment && this.#deps.environment.state().state !== 'READY') {
            this.#prepareEnvironment()
          } else if ((this.#putOffs.get(attempt.id)?.until ?? 0) <= performance.now()) {
            this.#beside(attempt.id, () => this.#launch(attempt))
          }
          return
      }
    } catch (error) {
      this.#recover(`attempt ${attempt.id}`, error)
    }
  }

  /** Most pods are made and begin at once: only what waits longer than that is worth telling. */
  async #tellWait(attempt: OpenAttempt, reason: string): Promise<void> {
    const now = performance.now()
    const since = this.#waits.get(attempt.id) ?? now
    this.#waits.set(attempt.id, since)
    if (now - since >= patientMs) return this.#tell(attempt.step, reason)
    if (since < now) return
    setTimeout(() => {
      this.#changed.add(attempt.id)
      this.#looks.poke()
    }, patientMs + breathMs).unref()
  }

  async #markStarted(attempt: OpenAttempt): Promise<void> {
    await this.#fenced((trx, _fence, tell) => moveAttempt(trx, attempt, 'STARTED', {}, tell))
    this.#deps.reached?.('attempt-started')
  }

  async #markNode(attempt: OpenAttempt, node: string): Promise<void> {
    await this.#fenced(async (trx) => {
      await trx.updateTable('attempt').set({ node }).where('id', '=', attempt.id).execute()
    })
  }

  /** Create or adopt: the attempt is committed, the process may or may not be there. */
  async #launch(attempt: OpenAttempt, known?: Known): Promise<void> {
    let launch: Launch
    try {
      launch = await this.#launchOf(attempt, known)
      await this.#deps.executor.start(launch)
    } catch (error) {
      if (error instanceof NotNow) return await this.#putOff(attempt, error)
      await this.#deps.executor.stop(attempt.id).catch(() => undefined)
      await this.#fail(attempt, ownFault(attempt.stepName, 'start', error), 'FAILED', null)
      return
    }
    this.#putOffs.delete(attempt.id)
    this.#deps.reached?.('attempt-launched')
    await this.#markStarted(attempt)
  }

  /** It stays submitted and is tried again, at growing distance: whoever is away may be away for long. */
  async #putOff(attempt: OpenAttempt, { message }: NotNow): Promise<void> {
    const times = (this.#putOffs.get(attempt.id)?.times ?? 0) + 1
    const waitMs = Math.min(maxPutOffMs, backoff(times, this.#deps.retryBaseMs ?? 1_000))
    this.#putOffs.set(attempt.id, { times, until: performance.now() + waitMs })
    await this.#tell(attempt.step, message)
  }

  async #launchOf(attempt: OpenAttempt, known?: Known): Promise<Launch> {
    const { run } = attempt
    const { spec, component } = await this.#component(run, attempt.stepName)
    const inputs = known?.inputs ?? (await this.#inputsOf(run, spec, component))
    const terms = known?.terms ?? (await launchTerms(this.#db, run.requestId))
    return {
      attemptId: attempt.id,
      projectId: run.projectId,
      runId: run.id,
      stepId: attempt.stepId,
      ordinal: attempt.ordinal,
      component: capped(component, terms),
      digest: terms.images[component.name] ?? null,
      nodes: terms.nodes,
      params: component.params,
      environment: {
        ...spec.envVars,
        MLFLOW_TRACKING_URI: this.#deps.publicUrl(),
        MLFLOW_TRACKING_TOKEN: runToken(this.#deps.secret, run.id),
        MLFLOW_RUN_ID: run.id,
      },
      inputs: inputs.map(({ name, artifact }) => ({ name, files: artifact.files })),
      outputs: (component.outputs ?? []).map((port) => port.name),
      storage: spec.storage,
      devices: attempt.slot.devices,
    }
  }

  async #inputsOf(run: Run, spec: Spec, component: Component): Promise<NamedArtifact[]> {
    const edges = connections(spec).filter((edge) => edge.to === component.name)
    const artifacts = edges.length === 0 ? [] : await artifactsOfRun(this.#db, run.id)
    return edges.map((edge) => {
      const artifact = artifacts.find(
        (artifact) => artifact.stepName === edge.from && artifact.name === edge.fromPort,
      )
      if (artifact === undefined) {
        throw new Error(`the output "${edge.fromPort}" of "${edge.from}" is not there`)
      }
      return { name: edge.toPort, artifact }
    })
  }

  async #followProgress(attempt: OpenAttempt): Promise<void> {
    const { executor } = this.#deps
    let following = this.#following.get(attempt.id)
    if (following === undefined) {
      const { size } = await executor.logs(attempt.id, 0, 0)
      following = {
        reader: new ProgressReader(),
        offset: Math.max(0, size - catchUpBytes),
        readAt: -Infinity,
        told: 0,
        value: -1,
        message: '',
      }
      this.#following.set(attempt.id, following)
    }
    const since = performance.now() - following.readAt
    if (since < Math.max(progressMs / 2, 2 * this.#openCount)) return
    following.readAt = performance.now()
    const { bytes } = await executor.logs(attempt.id, following.offset, 1024 * 1024)
    following.offset += bytes.byteLength
    const progress = following.reader.read(bytes)
    if (progress !== null) {
      following.value = Math.round(progress.value * 10_000) / 10_000
      following.message = progress.message
    }
    const { value, message } = following
    const same = value === attempt.step.progress && message === attempt.step.message
    const now = performance.now()
    if (value < 0 || same || now - following.told < progressMs) return
    following.told = now
    await this.#fenced(async (trx, _fence, tell) => {
      const { numUpdatedRows } = await trx
        .updateTable('step')
        .set({ progress: value, message })
        .where('id', '=', attempt.stepId)
        .where('state', '=', 'RUNNING')
        .where((eb) => eb.or([eb('progress', '<>', value), eb('message', '<>', message)]))
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return
      tell(attempt.runId, {
        kind: 'PROGRESS',
        step: attempt.stepName,
        progress: value,
        message,
      })
    })
  }

  async #settle(attempt: OpenAttempt, exit: Exit): Promise<void> {
    this.#deps.reached?.('exit-seen')
    // It may have begun and ended between two looks.
    if (attempt.state === 'SUBMITTING' && exit.reason !== 'not_started') {
      await this.#markStarted(attempt)
      attempt = { ...attempt, state: 'STARTED' }
    }
    const cancelling = attempt.run.state === 'CANCELLING'
    if (exit.reason === 'exited' && exit.exitCode === 0) await this.#succeed(attempt, exit)
    else if (cancelling) await this.#cancelled(attempt, exit)
    else {
      const end = await this.#logEnd(attempt.id)
      await this.#fail(attempt, classifyExit(attempt.stepName, exit, end), 'FAILED', exit.exitCode)
    }
  }

  async #logEnd(attemptId: Id): Promise<string> {
    const { executor } = this.#deps
    const { size } = await executor.logs(attemptId, 0, 0)
    const { bytes } = await executor.logs(attemptId, Math.max(0, size - logEndBytes), logEndBytes)
    return new TextDecoder().decode(bytes)
  }

  async #succeed(attempt: OpenAttempt, exit: Exit): Promise<void> {
    const { component } = await this.#component(attempt.run, attempt.stepName)
    const ports = component.outputs ?? []
    let collected: CollectedOutput[]
    try {
      collected =
        ports.length === 0
          ? []
          : await this.#deps.executor.collect(
              attempt.id,
              ports.map((port) => port.name),
            )
    } catch (error) {
      await this.#fail(attempt, ownFault(attempt.stepName, 'store', error), 'FAILED', 0)
      return
    }
    const missing = collected.filter((output) => output.files === null)
    if (missing.length > 0) {
      const names = missing.map((output) => output.name)
      await this.#fail(attempt, outputMissing(attempt.stepName, names), 'FAILED', exit.exitCode)
      return
    }
    this.#deps.reached?.('outputs-kept')
    const { steps, readied } = await this.#fenced(async (trx, _fence, tell) => {
      await moveAttempt(trx, attempt, 'SUCCEEDED', { exitCode: exit.exitCode }, tell)
      for (const output of collected) {
        const files = output.files ?? []
        await trx
          .insertInto('artifact')
          .values({
            id: this.#deps.newId(),
            run_id: attempt.runId,
            step_id: attempt.stepId,
            attempt_id: attempt.id,
            name: output.name,
            type: ports.find((port) => port.name === output.name)?.type ?? 'file',
            sha256: sha256Text(canonicalJson(files)).slice('sha256:'.length),
            bytes: files.reduce((total, file) => total + file.bytes, 0),
            files: JSON.stringify(files),
          })
          .execute()
      }
      await moveStep(trx, attempt.step, 'SUCCEEDED', { progress: 1 }, tell)
      return this.#readied(trx, attempt.runId, tell)
    })
    this.#ended(attempt)
    this.#deps.reached?.('step-committed')
    // What comes next does not wait for a round, nor for what this one leaves to be cleared away.
    await Promise.all([this.#moveOn(attempt.run, steps, readied), this.#release(attempt, true)])
  }

  /** The run's steps; those that waited for nothing else are ready with the end of the last one, and told so. */
  async #readied(
    trx: Trx,
    runId: Id,
    tell: Tell,
  ): Promise<{ readonly steps: readonly Step[]; readonly readied: readonly Step[] }> {
    const steps = await stepsOfRun(trx, runId)
    // Where steps wait for an environment, the round says so.
    if (this.#deps.executor.usesEnvironment) return { steps, readied: [] }
    const state = new Map(steps.map((step) => [step.name, step.state]))
    const readied: Step[] = []
    for (const step of steps) {
      const to = readiness(step.dependsOn.map((name) => state.get(name) ?? 'FAILED'))
      if (step.state !== 'PENDING' || to !== 'READY') continue
      await moveStep(trx, step, to, { message: '' }, tell)
      readied.push({ ...step, state: to, message: '' })
    }
    const byId = new Map(readied.map((step) => [step.id, step]))
    return { steps: steps.map((step) => byId.get(step.id) ?? step), readied }
  }

  async #fail(
    attempt: OpenAttempt,
    { failure, fault }: Verdict,
    to: 'FAILED' | 'LOST',
    exitCode: number | null,
  ): Promise<void> {
    if (attempt.run.state === 'CANCELLING') {
      await this.#cancelled(attempt, null)
      return
    }
    const { component } = await this.#component(attempt.run, attempt.stepName)
    const again = await this.#fenced(async (trx, _fence, tell) => {
      const { user_failures: user, infrastructure_failures: broken } = await trx
        .selectFrom('step')
        .select(['user_failures', 'infrastructure_failures'])
        .where('id', '=', attempt.stepId)
        .executeTakeFirstOrThrow()
      const mine = fault === 'user'
      const failures = (mine ? user : broken) + 1
      const budget = mine ? (component.retries ?? 0) : infrastructureBudget
      const counted = mine ? { user_failures: failures } : { infrastructure_failures: failures }
      await moveAttempt(trx, attempt, to, { failure, exitCode }, tell)
      if (failures <= budget) {
        const waitMs = backoff(failures, this.#deps.retryBaseMs ?? 1_000)
        const message = `tried again: ${failure.sentence}`
        await moveStep(trx, attempt.step, 'READY', { ...counted, message, waitMs }, tell)
        return true
      }
      const ending = { ...counted, failure, message: failure.sentence }
      await moveStep(trx, attempt.step, 'FAILED', ending, tell)
      return false
    })
    this.#ended(attempt)
    await this.#release(attempt, !again)
  }

  async #cancelled(attempt: OpenAttempt, exit: Exit | null): Promise<void> {
    await this.#fenced(async (trx, _fence, tell) => {
      await moveAttempt(trx, attempt, 'CANCELLED', { exitCode: exit?.exitCode ?? null }, tell)
      await moveStep(trx, attempt.step, 'CANCELLED', {}, tell)
    })
    this.#ended(attempt)
    await this.#release(attempt, true)
  }

  /** It is committed that the attempt has ended: its slot is free, and its run may go on. */
  #ended(attempt: OpenAttempt): void {
    this.#holdings.attemptEnds(attempt.runId, attempt.id)
    this.#waits.delete(attempt.id)
    this.#moved.add(attempt.runId)
    this.#poke()
  }

  async #release(attempt: OpenAttempt, forGood: boolean): Promise<void> {
    this.#following.delete(attempt.id)
    this.#putOffs.delete(attempt.id)
    await this.#deps.executor.release(attempt.id)
    if (forGood) await this.#deps.executor.forget(attempt.stepId)
  }

  /** What a dead predecessor committed but had no time to clean up, once at start. */
  async #sweep(): Promise<void> {
    await this.#deps.executor.recover()
    const rows = await this.#db
      .selectFrom('attempt')
      .select(['id'])
      .where('executor', '=', this.#deps.executor.name)
      .where('ended_at', '>', sql<Date>`now() - interval '7 days'`)
      .execute()
    for (const row of rows) await this.#deps.executor.release(row.id)
  }

  // --- runs and steps -------------------------------------------------------------------------

  async #finishCancel(run: Run): Promise<void> {
    const open = await this.#db
      .selectFrom('attempt')
      .select('id')
      .where('run_id', '=', run.id)
      .where('state', 'in', ['PENDING', 'SUBMITTING', 'STARTED'])
      .executeTakeFirst()
    if (open !== undefined) return
    await this.#fenced(async (trx, _fence, tell) => {
      await endOpenSteps(trx, run.id, 'CANCELLED', tell)
      await moveRun(trx, run, 'CANCELLED', {}, tell)
    })
    this.#holdings.runEnds(run.id)
  }

  /**
   * Steps whose dependencies have ended move on; a run whose steps have ended ends.
   *
   * @returns the steps that are ready now and were not
   */
  async #advance(run: Run, steps: readonly Step[]): Promise<Step[]> {
    const state = new Map(steps.map((step) => [step.name, step.state]))
    const moves: { readonly step: Step; readonly to: StepState }[] = []
    for (const step of steps) {
      if (step.state !== 'PENDING') continue
      const to = readiness(step.dependsOn.map((name) => state.get(name) ?? 'FAILED'))
      if (to === null) continue
      if (to === 'READY' && !(await this.#environmentReady(run, step))) continue
      moves.push({ step, to })
      state.set(step.name, to)
    }
    if (moves.length > 0)
      await this.#fenced(async (trx, _fence, tell) => {
        for (const { step, to } of moves) await moveStep(trx, step, to, { message: '' }, tell)
      })
    const outcome = runOutcome([...state.values()])
    if (outcome === null)
      return moves.flatMap(({ step, to }) =>
        to === 'READY' ? [{ ...step, state: to, message: '' }] : [],
      )
    if (outcome === 'SUCCEEDED') await this.#endWell(run)
    else {
      const failure = (await stepsOfRun(this.#db, run.id)).find(
        (step) => step.failure !== null,
      )?.failure
      await this.#endBadly(run, failure ?? null)
    }
    this.#deps.reached?.('run-ended')
    return []
  }

  async #endBadly(run: Run, failure: Failure | null): Promise<void> {
    await this.#fenced((trx, _fence, tell) =>
      moveRun(trx, run, 'FAILED', failure === null ? {} : { failure }, tell),
    )
    this.#holdings.runEnds(run.id)
    this.#poke()
  }

  async #endWell(run: Run): Promise<void> {
    try {
      await this.#recordAndEnd(run)
      this.#stumbles.delete(run.id)
    } catch (error) {
      if (error instanceof LostLease || error instanceof Overtaken) throw error
      const stumbles = (this.#stumbles.get(run.id) ?? 0) + 1
      this.#stumbles.set(run.id, stumbles)
      this.#complain(`recording the model of run ${run.id}`, error)
      if (stumbles <= infrastructureBudget) return
      // A run that can never end would hold its place for ever.
      const { failure } = verdict(
        'STORE_UNAVAILABLE',
        'The steps ended well, but their model could not be recorded.',
        error instanceof Error ? error.message.slice(0, 500) : 'unknown',
        'Start the plan again: finished steps are not run a second time.',
      )
      await this.#endBadly(run, failure)
    }
  }

  async #recordAndEnd(run: Run): Promise<void> {
    await this.#fenced(async (trx, _fence, tell) => {
      const { now } = await trx.selectNoFrom(sql<Date>`now()`.as('now')).executeTakeFirstOrThrow()
      const made = await this.#deps.onRunSucceeded(trx, {
        ...run,
        startedAt: run.startedAt ?? now,
        endedAt: now,
      })
      if (made !== null) tell(run.id, { kind: 'MODEL', ...made })
      await moveRun(trx, run, 'SUCCEEDED', {}, tell)
    }, true)
    this.#holdings.runEnds(run.id)
    this.#poke()
  }

  #prepareEnvironment(): void {
    const { environment } = this.#deps
    void environment.prepare().then(() => {
      if (environment.state().state !== 'PREPARING') this.#pokeAll()
    })
  }

  /** Steps wait as PENDING and say so while the components' environment is being made. */
  async #environmentReady(run: Run, step: Step): Promise<boolean> {
    const { environment } = this.#deps
    if (!this.#deps.executor.usesEnvironment) return true
    const { state, progress, message } = environment.state()
    if (state === 'READY') return true
    if (state === 'FAILED' && !environment.retries(run.startedAt ?? run.createdAt)) {
      const { failure } = verdict(
        'ENVIRONMENT_UNAVAILABLE',
        `The step "${step.name}" cannot start: the components' Python environment could not be made.`,
        message,
        'Mend what the cause names, then start the run again: the environment is then made anew.',
      )
      await this.#failStep(step, failure)
      return false
    }
    this.#prepareEnvironment()
    const percent = Math.floor(progress * 100)
    await this.#tell(step, `preparing environment${percent > 0 ? ` (${percent} %)` : ''}`)
    return false
  }

  /** Says why a step waits, when that has changed. */
  async #tell(step: Step, message: string): Promise<void> {
    if (step.message === message || this.#told.get(step.id) === message) return
    await this.#fenced(async (trx, _fence, tell) => {
      await trx.updateTable('step').set({ message }).where('id', '=', step.id).execute()
      tell(step.runId, { kind: 'PROGRESS', step: step.name, message })
    })
    if (this.#told.size > 1_000) this.#told.clear()
    this.#told.set(step.id, message)
  }

  /** @returns whether a step waits for resources, so that nothing behind it may start */
  async #startReady(): Promise<boolean> {
    const rows = await this.#db
      .selectFrom('step')
      .innerJoin('run', 'run.id', 'step.run_id')
      .selectAll('step')
      .where('step.state', '=', 'READY')
      .where('run.state', '=', 'RUNNING')
      .where((eb) =>
        eb.or([eb('step.not_before', 'is', null), eb('step.not_before', '<=', sql<Date>`now()`)]),
      )
      .orderBy('run.priority', 'desc')
      .orderBy('run.rank')
      .orderBy('run.fair_tag')
      .orderBy('run.id')
      .orderBy('step.ordinal')
      .execute()
    if (rows.length === 0) return false
    const runs = await this.#db
      .selectFrom('run')
      .selectAll()
      .where('id', 'in', [...new Set(rows.map((row) => row.run_id))])
      .execute()
    const runById = new Map(runs.map((run) => [run.id, rowToRun(run)]))
    let blocked = false
    for (const row of rows) {
      const run = runById.get(row.run_id)
      if (run === undefined) continue
      try {
        // Once one waits, those behind it start only within what their own run was given.
        if (!(await this.#startStep(run, rowToStep(row), !blocked))) blocked = true
      } catch (error) {
        this.#recover(`step ${row.id}`, error)
        if (this.#fence === null) return true
      }
    }
    return blocked
  }

  async #failStep(step: Step, failure: Failure): Promise<void> {
    await this.#fenced((trx, _fence, tell) =>
      moveStep(trx, step, 'FAILED', { failure, message: failure.sentence }, tell),
    )
    this.#moved.add(step.runId)
    this.#poke()
  }

  /** @returns false when it has to wait for resources */
  async #startStep(run: Run, step: Step, mayExceed: boolean): Promise<boolean> {
    if (this.#starting.has(step.id)) return true
    this.#starting.add(step.id)
    try {
      return await this.#startAlone(run, step, mayExceed)
    } finally {
      this.#starting.delete(step.id)
    }
  }

  async #startAlone(run: Run, step: Step, mayExceed: boolean): Promise<boolean> {
    const { executor } = this.#deps
    const { spec, component } = await this.#component(run, step.name)
    const refusal = executor.refuses(component)
    if (refusal !== null) {
      await this.#failStep(
        step,
        verdict(
          'IMAGE_UNKNOWN',
          refusal,
          'This platform runs steps as processes on this machine.',
          'Use a component of the platform, or connect a cluster.',
        ).failure,
      )
      return true
    }
    const capacity = await executor.capacity()
    const never = neverFits(component.name, component.resources, capacity)
    if (never !== null) {
      await this.#failStep(
        step,
        verdict(
          'RESOURCES_UNAVAILABLE',
          never,
          'No device of this machine fits what the plan asks for.',
          "Lower the component's resources in the plan, or run it on a machine that has them.",
        ).failure,
      )
      return true
    }
    const inputs = await this.#inputsOf(run, spec, component).catch((error: unknown) => error)
    if (!Array.isArray(inputs)) {
      const cause = inputs instanceof Error ? inputs.message : 'unknown'
      await this.#failStep(
        step,
        verdict(
          'INPUT_MISSING',
          `The step "${step.name}" misses an input.`,
          cause,
          'Connect its inputs to outputs that earlier components declare.',
        ).failure,
      )
      return true
    }
    const [terms, before] = await Promise.all([
      launchTerms(this.#db, run.requestId),
      component.cache === false ? null : this.#lastFields(run, step),
    ])
    const { fields, note } = await this.#cacheFieldsOf(
      spec,
      component,
      capacity,
      inputs as NamedArtifact[],
      terms,
      before,
    )
    const key = cacheKey(fields)
    if (component.cache !== false) {
      const same = await this.#sameStep(run, step, key)
      if (same?.state === 'SUCCEEDED') {
        await this.#takeFromCache(run, step, key, fields, same)
        return true
      }
      if (same !== null) {
        // Identical steps at once share one execution: the second waits and then finds it in the cache.
        await this.#tell(step, 'waiting for the same step of another run')
        return true
      }
    }
    const asked = { runId: run.id, resources: component.resources }
    const id = this.#deps.newId()
    const slot = await this.#inTurn(async () => {
      const free = await slotForStep(
        this.#db,
        asked,
        capacity,
        mayExceed,
        await this.#holdings.read(),
      )
      if (free !== null) this.#holdings.giveAttempt(run.id, id, free)
      return free
    })
    if (slot === null) {
      await this.#tell(step, 'waiting for free resources')
      return false
    }
    const device = capacity.devices.find((device) => device.index === slot.devices[0])?.name
    const held = {
      device_type: device ?? component.resources.gpuType ?? null,
      device_count: gpusOf(component.resources),
      cores: slot.cores,
      spot: component.spot === true && executor.name !== 'local',
    }
    let attempt: OpenAttempt
    try {
      attempt = await this.#submit(id, run, step, slot, held, key, fields, note)
    } catch (error) {
      this.#holdings.failed(id)
      throw error
    }
    this.#holdings.committed(id)
    this.#deps.reached?.('attempt-committed')
    this.#beside(attempt.id, () =>
      this.#launch(attempt, { inputs: inputs as NamedArtifact[], terms }),
    )
    return true
  }

  /** One after the other: who looks at what is free sees what the one before was given. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#giving.then(work)
    this.#giving = turn.catch(() => undefined)
    return turn
  }

  /** The attempt exists in the database, with the fence, before anything is started. */
  async #submit(
    id: Id,
    run: Run,
    step: Step,
    slot: Slot,
    held: { device_type: string | null; device_count: number; cores: number; spot: boolean },
    key: string,
    fields: CacheFields,
    note: string | null,
  ): Promise<OpenAttempt> {
    const ordinal = await this.#fenced(async (trx, fence, tell) => {
      const made = await trx
        .insertInto('attempt')
        .values((eb) => ({
          id,
          step_id: step.id,
          run_id: run.id,
          ordinal: eb
            .selectFrom('attempt')
            .select(sql<number>`coalesce(max(ordinal), 0) + 1`.as('next'))
            .where('step_id', '=', step.id),
          state: 'SUBMITTING',
          executor: this.#deps.executor.name,
          fence,
          handle: JSON.stringify(slot),
          ...held,
        }))
        .returning('ordinal')
        .executeTakeFirstOrThrow()
      const begun = {
        progress: 0,
        message: '',
        cache_key: key,
        cache_fields: JSON.stringify(fields),
        ...(note === null ? {} : { cache_note: note }),
      }
      await moveStep(trx, step, 'RUNNING', begun, tell)
      tell(run.id, {
        kind: 'ATTEMPT_STATE',
        step: step.name,
        attempt: made.ordinal,
        attemptState: 'SUBMITTING',
      })
      return made.ordinal
    })
    return {
      id,
      stepId: step.id,
      runId: run.id,
      ordinal,
      state: 'SUBMITTING',
      node: null,
      deviceType: held.device_type,
      deviceCount: held.device_count,
      exitCode: null,
      failure: null,
      startedAt: null,
      endedAt: null,
      stepName: step.name,
      step: { ...step, state: 'RUNNING' },
      run,
      slot,
    }
  }

  // --- cache ----------------------------------------------------------------------------------

  /** Of the code that would run: the approved image where the executor pins that. */
  async #digestOf(component: Component, terms: LaunchTerms): Promise<string> {
    const { executor } = this.#deps
    const pinned = executor.pinsImages === true ? terms.images[component.name] : undefined
    return pinned ?? executor.digest(component)
  }

  async #cacheFieldsOf(
    spec: Spec,
    component: Component,
    capacity: Capacity,
    inputs: readonly NamedArtifact[],
    terms: LaunchTerms,
    before: CacheFields | null,
  ): Promise<{ fields: CacheFields; note: string | null }> {
    const asks =
      (component.resources.gpuCount ?? 0) > 0 || component.resources.gpuType !== undefined
    const fields = cacheFields(
      spec,
      component,
      await this.#digestOf(component, terms),
      Object.fromEntries(inputs.map(({ name, artifact }) => [name, artifact.sha256])),
      asks ? (component.resources.gpuType ?? capacity.devices[0]?.name ?? 'gpu') : 'cpu',
    )
    if (component.cache === false)
      return { fields, note: 'The plan says that this step runs every time.' }
    if (before === null) return { fields, note: null }
    const field = differingField(before, fields)
    return {
      fields,
      note: field === null ? null : `Run anew, because ${field} since the last time.`,
    }
  }

  /** What the project's last step of this name was made of. */
  async #lastFields(run: Run, step: Step): Promise<CacheFields | null> {
    const before = await this.#db
      .selectFrom('step')
      .innerJoin('run', 'run.id', 'step.run_id')
      .select('step.cache_fields')
      .where('run.project_id', '=', run.projectId)
      .where('step.name', '=', step.name)
      .where('step.id', '<>', step.id)
      .where('step.state', 'in', ['SUCCEEDED', 'CACHED'])
      .where('step.cache_fields', 'is not', null)
      .orderBy('step.ended_at', 'desc')
      .limit(1)
      .executeTakeFirst()
    return (before?.cache_fields ?? null) as CacheFields | null
  }

  /** A step of the project with the same key: one that has finished before one that runs. */
  async #sameStep(run: Run, step: Step, key: string): Promise<SameStep | null> {
    const same = await this.#db
      .selectFrom('step')
      .innerJoin('run', 'run.id', 'step.run_id')
      .select(['step.id', 'step.run_id', 'step.state', 'step.started_at', 'step.ended_at'])
      .where('step.cache_key', '=', key)
      .where('step.state', 'in', ['SUCCEEDED', 'RUNNING'])
      .where('step.id', '<>', step.id)
      .where('run.project_id', '=', run.projectId)
      .orderBy('step.state', 'desc')
      .orderBy('step.ended_at', 'desc')
      .limit(1)
      .executeTakeFirst()
    return same ?? null
  }

  /** Its results are this step's results (SC-07). */
  async #takeFromCache(
    run: Run,
    step: Step,
    key: string,
    fields: CacheFields,
    source: SameStep,
  ): Promise<void> {
    await this.#fenced(async (trx, _fence, tell) => {
      const artifacts = await trx
        .selectFrom('artifact')
        .selectAll()
        .where('step_id', '=', source.id)
        .execute()
      for (const artifact of artifacts) {
        await trx
          .insertInto('artifact')
          .values({
            ...artifact,
            id: this.#deps.newId(),
            run_id: run.id,
            step_id: step.id,
            files: JSON.stringify(artifact.files),
          })
          .execute()
      }
      await copyTracking(trx, source.run_id, run.id, source.started_at, source.ended_at)
      const taken = {
        progress: 1,
        message: '',
        cache_key: key,
        cache_fields: JSON.stringify(fields),
        cached_from: source.id,
        cache_note:
          'Not run again: code, settings, inputs and device are the same as in an earlier run, so its results are taken.',
      }
      await moveStep(trx, step, 'CACHED', taken, tell)
    })
    this.#moved.add(run.id)
    this.#poke()
  }

  // --- queue ----------------------------------------------------------------------------------

  /** Starts the runs whose turn it is (./dequeue.ts says whose), and their first steps. @returns whether there were any */
  async #pick(): Promise<boolean> {
    const { executor } = this.#deps
    const capacity = await executor.capacity()
    const choices = await this.#inTurn(async () => {
      const chosen = await chooseSome(
        this.#db,
        capacity,
        await this.#holdings.read(),
        picksOfARound,
      )
      for (const { candidate, slot } of chosen) this.#holdings.giveRun(candidate.id, slot)
      return chosen
    })
    if (choices.length === 0) return false
    const begun = await Promise.all(
      choices.map(async (choice) => {
        const { id } = choice.candidate
        try {
          return await this.#begin(choice)
        } catch (error) {
          this.#holdings.failed(id)
          this.#recover(`run ${id}`, error)
          return null
        }
      }),
    )
    const runs = begun.filter((run) => run !== null)
    const steps = await stepsOfRuns(
      this.#db,
      runs.map((run) => run.id),
    )
    const started = runs.filter((run) => run.state === 'RUNNING')
    await Promise.all(started.map((run) => this.#moveOn(run, steps.get(run.id) ?? [])))
    return runs.length > 0
  }

  /** @returns the run as it is now; null when it does not start */
  async #begin(choice: Choice<Waiting>): Promise<Run | null> {
    const { executor } = this.#deps
    const row = await this.#db
      .selectFrom('run')
      .selectAll()
      .where('id', '=', choice.candidate.id)
      .executeTakeFirstOrThrow()
    const run = rowToRun(row)
    const refuse = async (failure: Failure): Promise<Run> => {
      await this.#fenced(async (trx, _fence, tell) => {
        await endOpenSteps(trx, run.id, 'SKIPPED', tell)
        await moveRun(trx, run, 'FAILED', { failure }, tell)
      })
      this.#holdings.runEnds(run.id)
      return { ...run, state: 'FAILED' }
    }
    try {
      await this.#specOf(run.specId)
    } catch (error) {
      const { failure } = verdict(
        'SPEC_UNREADABLE',
        'The plan of this run cannot be read.',
        error instanceof Error ? error.message : '',
        'Make the plan anew and start it.',
      )
      return refuse(failure)
    }
    const fault = await approvalFault(
      this.#db,
      run.requestId,
      executor.pinsImages === true ? null : (component) => executor.digest(component),
    )
    if (fault !== null) {
      const { failure } = verdict(
        'APPROVAL_VOID',
        'This run does not start, because it is not what was approved.',
        fault,
        'Submit the plan again: an administrator approves what it is now.',
      )
      return refuse(failure)
    }
    const tokenHash = hashToken(runToken(this.#deps.secret, run.id))
    const started = await this.#fenced(async (trx, _fence, tell) => {
      if (!(await mayStart(trx, choice))) return false
      await moveRun(trx, run, 'RUNNING', { tokenHash, reservation: choice.slot }, tell)
      return true
    })
    if (!started) {
      this.#holdings.runEnds(run.id)
      return null
    }
    this.#holdings.committed(run.id)
    this.#moved.add(run.id)
    this.#deps.reached?.('run-started')
    return { ...run, state: 'RUNNING', startedAt: new Date() }
  }
}

function isLockTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '55P03'
}

/** What the source step logged while it ran belongs to the run that takes its results, too. */
async function copyTracking(
  trx: Trx,
  from: Id,
  to: Id,
  begin: Date | null,
  end: Date | null,
): Promise<void> {
  if (begin === null || end === null || from === to) return
  await sql`insert into metric (run_id, key, step, at, value)
    select ${to}, key, step, at, value from metric
    where run_id = ${from} and at between ${begin} and ${end} on conflict do nothing`.execute(trx)
  await sql`insert into run_file (run_id, path, sha256, bytes, created_at)
    select ${to}, path, sha256, bytes, created_at from run_file
    where run_id = ${from} and created_at between ${begin} and ${end} on conflict do nothing`.execute(
    trx,
  )
}
