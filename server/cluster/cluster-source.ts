import type { ClusterKind, ClusterReading } from '#schema/domain/cluster.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Toleration } from '../executor/kubernetes/devices.ts'
import type { ClusterInventory } from '../executor/kubernetes/devices-inventory.ts'

/** What an open attempt holds, by the queue's own books. */
export interface HeldByRun {
  readonly runId: Id
  readonly executor: string
  readonly cores: number
  readonly memoryBytes: number
  /** Indices of this machine's devices. */
  readonly devices: readonly number[]
}

/** A reading before it is known whose it is. */
export type Observed = Omit<ClusterReading, 'clusterId' | 'at' | 'state'>

/** Something that can be asked what it has: this machine, or a Kubernetes cluster by its context. */
export interface ClusterSource {
  readonly kind: ClusterKind
  readonly name: string
  /** The kubeconfig context; null on this machine. */
  readonly context: string | null
  /** What pods there must tolerate, beside the GPU taint. */
  readonly tolerations: readonly Toleration[]
  /** @throws when it does not answer */
  observe(held: readonly HeldByRun[]): Promise<Observed>
  /** What the preflight judges by. @throws when it does not answer */
  inventory(): Promise<ClusterInventory>
}
