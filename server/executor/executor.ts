import type { JsonObject } from '#schema/domain/canonical-json.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Component } from '#schema/domain/spec.ts'

/**
 * It cannot be done just now, and the same call does it later: where steps run does not answer, or has no room.
 * What may have been begun is found again by that call. Costs nobody an attempt; a person's call ends as UNAVAILABLE.
 */
export class NotNow extends DomainError {
  constructor(message: string) {
    super('UNAVAILABLE', message)
    this.name = 'NotNow'
  }
}

/**
 * Where steps run. The engine wants things (rows in the database) and asks an executor what is there;
 * every call may come twice, from a process that died in between or from its successor.
 */
export interface Executor {
  /** Its lease is `executor/<name>`. */
  readonly name: string
  /** It runs the digest that the launch names, whatever the image's tag says by then. */
  readonly pinsImages?: boolean
  capacity(): Promise<Capacity>
  /** A sentence that says why this component cannot run here; null when it can. */
  refuses(component: Component): string | null
  /**
   * Which devices match what the component asks for, and why each other one does not; null when it asks for none.
   *
   * @param nodes labels of the nodes that its queue is bound to
   */
  preview?(
    component: Component,
    nodes: Readonly<Record<string, string>>,
  ): Promise<DevicePreview | null>
  /** sha256 of the code that the component's image stands for, with what it needs to run. */
  digest(component: Component): Promise<string>
  /** Creates the attempt or adopts it: when it resolves, exactly one exists. @throws NotNow to be asked again */
  start(launch: Launch): Promise<void>
  observe(attemptId: string): Promise<Observation>
  /** Asks the attempt to end; one that was never started never will be. */
  stop(attemptId: string): Promise<void>
  /** Bytes of the attempt's log; none when there is no log yet. */
  logs(attemptId: string, from: number, max: number): Promise<{ bytes: Uint8Array; size: number }>
  /** Puts the files of the declared outputs into the store. May be asked again after a crash. */
  collect(attemptId: string, outputs: readonly string[]): Promise<CollectedOutput[]>
  /** Frees what an ended attempt holds, but its log. */
  release(attemptId: string): Promise<void>
  /** Frees the checkpoints of a step that will not run again. */
  forget(stepId: string): Promise<void>
  /** Clears what a dead predecessor left half made; called once, before anything is started. */
  recover(): Promise<void>
  /** Whether components run in the environment that the platform makes (and not in images). */
  readonly usesEnvironment: boolean
  /** Calls back when an attempt may have changed; a hint, lost ones are found by `observe`. */
  watch(changed: (attemptId: string) => void): () => void
}

/** What a component would find where steps run, for whoever approves it. */
export interface DevicePreview {
  readonly component: string
  /** NOW: it could start. LATER: it could, were nothing else running. NEVER: nothing here fits. */
  readonly verdict: 'NOW' | 'LATER' | 'NEVER'
  readonly sentence: string
  readonly matching: number
  readonly free: number
  /** At most 50. */
  readonly devices: readonly {
    readonly node: string | null
    readonly name: string
    readonly type: string
    readonly memoryMib: number | null
    readonly matches: boolean
    /** Why it does not match; empty when it does. */
    readonly why: string
  }[]
}

export interface Device {
  readonly index: number
  readonly name: string
  readonly memoryBytes: number
}

export interface Capacity {
  readonly cores: number
  readonly memoryBytes: number
  readonly devices: readonly Device[]
}

export interface ArtifactFile {
  /** Relative, with forward slashes. */
  readonly path: string
  readonly sha256: string
  readonly bytes: number
}

/** All that an attempt needs; the executor adds only what it alone knows (folders, devices' variables). */
export interface Launch {
  readonly attemptId: string
  readonly projectId: string
  readonly runId: string
  readonly stepId: string
  readonly ordinal: number
  readonly component: Component
  /** What its image stood for when the request was made, as `digest` told; null: nobody asked. */
  readonly digest?: string | null
  /** Labels of the nodes that its queue is bound to; {}: all nodes. */
  readonly nodes?: Readonly<Record<string, string>>
  readonly params: JsonObject
  /** The spec's variables and the platform's. */
  readonly environment: Readonly<Record<string, string>>
  readonly inputs: readonly { readonly name: string; readonly files: readonly ArtifactFile[] }[]
  readonly outputs: readonly string[]
  readonly storage: { readonly type: string; readonly path: string }
  /** Indices of the devices that this attempt may use. */
  readonly devices: readonly number[]
}

/** `gone`: its place was taken from it; nobody saw how it ended. */
export type ExitReason = 'exited' | 'time_limit' | 'stopped' | 'not_started' | 'gone'

/** What is known of the cause beyond the exit code. */
export type ExitCause =
  | 'out_of_memory'
  | 'image_pull'
  | 'evicted'
  | 'preempted'
  | 'node_lost'
  | 'deleted'
  | 'courier'
  | 'disk_limit'

export interface Exit {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly reason: ExitReason
  readonly cause?: ExitCause
  readonly detail: string
  /** There was no room left where it wrote: its log may lack its last words. */
  readonly diskFull: boolean
  readonly startedAt: Date
  readonly endedAt: Date
}

export type Observation =
  | { readonly state: 'absent' }
  /** `waitingFor` says what it waits for as long as its program has not begun; `node`: where it is, once it has a place. */
  | { readonly state: 'running'; readonly waitingFor?: string; readonly node?: string }
  | { readonly state: 'ended'; readonly exit: Exit }
  /** It ran, it is gone, and nobody knows how it ended. */
  | { readonly state: 'lost' }

/** A declared output; `files` is null when the component did not write it. */
export interface CollectedOutput {
  readonly name: string
  readonly files: readonly ArtifactFile[] | null
}

/** The part of the artifact store that an executor uses. */
export interface Blobs {
  /** Puts the content at `path`, read-only; it may be a link to the stored bytes. */
  place(sha256: string, path: string): Promise<void>
  /** Takes the file's content into the store; the file itself may become the stored one. */
  keep(path: string): Promise<{ sha256: string; bytes: number }>
}
