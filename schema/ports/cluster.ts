import type {
  Cluster,
  ClusterHistory,
  ClusterReading,
  DevicePreview,
  HistorySeries,
} from '../domain/cluster.ts'
import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'
import type { Resources } from '../domain/spec.ts'
import type { Page, Slice } from './page.ts'

export interface ClustersPort {
  byId(viewer: Viewer, id: Id): Promise<Cluster | null>
  /** In the order of their making: this machine first. */
  list(viewer: Viewer, page: Page): Promise<Slice<Cluster>>
  /** The newest reading; null until there is one. Runs of others' projects are left out. */
  reading(viewer: Viewer, id: Id): Promise<ClusterReading | null>
  /** The newest reading on each change; present-style. @throws DomainError NOT_FOUND */
  readings(viewer: Viewer, id: Id, signal?: AbortSignal): AsyncIterable<ClusterReading>
  /**
   * Use over time at the finest level that spans it in `maxPoints` points.
   *
   * @param type one GPU type; null: all
   * @throws DomainError BAD_INPUT
   */
  history(
    viewer: Viewer,
    id: Id,
    wanted: {
      readonly series: HistorySeries
      readonly type: string | null
      readonly since: Date
      readonly until: Date
      readonly maxPoints: number
    },
  ): Promise<ClusterHistory>
  /**
   * Which devices a component with these resources could use; null when it asks for none.
   *
   * @param id null: the cluster that runs go to
   * @throws DomainError BAD_INPUT, NOT_FOUND, UNAVAILABLE while the cluster does not answer
   */
  preview(viewer: Viewer, id: Id | null, resources: Resources): Promise<DevicePreview | null>
}
