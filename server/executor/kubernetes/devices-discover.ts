import type {
  RawClaim,
  RawClass,
  RawCluster,
  RawNode,
  RawPod,
  RawSlice,
} from './devices-inventory.ts'

/** The part of a cluster's API that is read here. */
export interface KubernetesApi {
  /** The object at a path such as `/version`; null when there is none (404). */
  get(path: string): Promise<unknown>
  /** All items of a list, page by page; null when the resource is not served (404). */
  list(path: string): Promise<unknown[] | null>
}

const dra = '/apis/resource.k8s.io/v1'
/** Pods that hold something, or will. */
export const openPods =
  '/api/v1/pods?fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed'

/**
 * Reads what the compile table, the preflight and the resource views need: nodes, pods that hold something,
 * device classes, slices and claims. Needs `list` on those, cluster-wide.
 */
export async function readCluster(api: KubernetesApi): Promise<RawCluster> {
  const [version, groups, served] = await Promise.all([
    api.get('/version'),
    api.get('/apis'),
    api.get(dra),
  ])
  const all = async <T>(path: string) => ((await api.list(path)) ?? []) as T[]
  const draOnly = async <T>(path: string) => (served === null ? [] : all<T>(`${dra}/${path}`))
  const [nodes, pods, classes, slices, claims] = await Promise.all([
    all<RawNode>('/api/v1/nodes'),
    all<RawPod>(openPods),
    draOnly<RawClass>('deviceclasses'),
    draOnly<RawSlice>('resourceslices'),
    draOnly<RawClaim>('resourceclaims'),
  ])
  return {
    version: version as RawCluster['version'],
    groups: ((groups as { groups?: { name: string }[] } | null)?.groups ?? []).map((it) => it.name),
    dra: served !== null,
    nodes,
    pods,
    classes,
    slices,
    claims,
  }
}
