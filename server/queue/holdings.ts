import type { Id } from '#schema/domain/id.ts'
import type { Db } from '../db/pool.ts'
import type { Slot } from '../run/slots.ts'
import { takenNow, type Taken } from './queue-store.ts'

/** Something may have changed it that nobody told of: it is read anew now and then. */
const trustedMs = 60_000

interface Grant {
  readonly runId: Id
  /** null: it is what the run itself is given. */
  readonly attemptId: Id | null
  readonly slot: Slot
}

/**
 * What active runs were given and what their attempts hold, kept by the one process that gives it: whoever holds the
 * executor's lease. Read from the database once; afterwards it follows what this process commits. What is given counts
 * from the moment when it is decided on, before it is committed.
 */
export class Holdings {
  readonly #db: Db
  /** Given, but not known to be committed. */
  readonly #grants = new Map<Id, Grant>()
  #taken: Map<Id, Taken> | null = null
  #readAt = -Infinity
  #version = 0

  constructor(db: Db) {
    this.#db = db
  }

  async read(): Promise<readonly Taken[]> {
    if (performance.now() - this.#readAt > trustedMs) this.forget()
    while (this.#taken === null) {
      const version = this.#version
      this.#readAt = performance.now()
      const rows = await takenNow(this.#db)
      // What was committed while it was read may or may not be in it.
      if (version !== this.#version) continue
      this.#taken = new Map(rows.map((row) => [row.runId, row]))
      for (const grant of this.#grants.values()) this.#put(grant)
    }
    return [...this.#taken.values()]
  }

  /** The next read asks the database: somebody else has changed it, or nobody knows what was committed. */
  forget(): void {
    this.#version += 1
    this.#taken = null
  }

  giveRun(runId: Id, slot: Slot): void {
    this.#give(runId, { runId, attemptId: null, slot })
  }

  giveAttempt(runId: Id, attemptId: Id, slot: Slot): void {
    this.#give(attemptId, { runId, attemptId, slot })
  }

  /** It is committed. @param id of the run or the attempt that it was given to */
  committed(id: Id): void {
    this.#version += 1
    this.#grants.delete(id)
  }

  /** It was not committed, or nobody knows: the database does. */
  failed(id: Id): void {
    this.#grants.delete(id)
    this.forget()
  }

  runEnds(runId: Id): void {
    this.#version += 1
    this.#grants.delete(runId)
    this.#taken?.delete(runId)
  }

  attemptEnds(runId: Id, attemptId: Id): void {
    this.#version += 1
    this.#grants.delete(attemptId)
    const run = this.#taken?.get(runId)
    if (run === undefined) return
    const open = new Map(run.open)
    open.delete(attemptId)
    this.#taken?.set(runId, { ...run, open, attempts: [...open.values()] })
  }

  #give(id: Id, grant: Grant): void {
    this.#version += 1
    this.#grants.set(id, grant)
    this.#put(grant)
  }

  #put({ runId, attemptId, slot }: Grant): void {
    const none: Slot = { cores: 0, memoryBytes: 0, devices: [] }
    const run = this.#taken?.get(runId) ?? {
      runId,
      reserved: none,
      attempts: [],
      open: new Map<Id, Slot>(),
      startedAt: null,
      expectedSeconds: null,
    }
    if (attemptId === null) this.#taken?.set(runId, { ...run, reserved: slot })
    else {
      const open = new Map(run.open).set(attemptId, slot)
      this.#taken?.set(runId, { ...run, open, attempts: [...open.values()] })
    }
  }
}
