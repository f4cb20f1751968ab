import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, normalize, relative, sep } from 'node:path'
import type { Db } from '../../db/pool.ts'
import type { Config } from '../../env.ts'
import type { ArtifactStore } from '../../store/artifact-store.ts'
import { forgetAttempt, forgetCheckpoint, outputsOf, savePlan } from '../courier-store.ts'
import { courierToken } from '../courier-token.ts'
import type { ArtifactFile, Launch } from '../executor.ts'
import { openCluster } from './cluster.ts'
import { createImageDigests, readRegistryCredentials } from './image-digest.ts'
import { KubernetesExecutor } from './kubernetes-executor.ts'
import { installationName } from './names.ts'

export interface ConnectDeps {
  readonly settings: NonNullable<Config['kubernetes']>
  readonly db: Db
  readonly store: ArtifactStore
  readonly dataRoot: string
  readonly secret: string
  publicUrl(): string
  /** Of the store, where steps reach it by themselves. */
  readonly ports: readonly number[]
  log(message: string, facts?: object): void
  now(): Date
}

/**
 * The executor on the cluster that the settings name.
 *
 * @throws DomainError BAD_INPUT naming the kubeconfig or context that cannot be used
 */
export async function connectKubernetes(
  deps: ConnectDeps,
): Promise<{ executor: KubernetesExecutor; close(): void }> {
  const { settings, db, store } = deps
  const api = await openCluster(settings)
  const executor = new KubernetesExecutor({
    ...settings,
    api,
    installation: installationName(deps.secret),
    publicUrl: () => deps.publicUrl(),
    ports: deps.ports,
    dataRoot: deps.dataRoot,
    records: {
      savePlan: (attemptId, plan) => savePlan(db, attemptId, plan),
      outputsOf: (attemptId) => outputsOf(db, attemptId),
      forgetAttempt: (attemptId) => forgetAttempt(db, attemptId),
      forgetCheckpoint: (stepId) => forgetCheckpoint(db, stepId),
    },
    imageDigest: createImageDigests({
      plainRegistries: settings.plainRegistries,
      credentials:
        settings.registryAuth === null
          ? {}
          : readRegistryCredentials(await readFile(settings.registryAuth, 'utf8')),
      now: () => performance.now(),
    }),
    courierToken: (attemptId) => courierToken(deps.secret, attemptId),
    dataFiles: (launch) => dataFiles(deps.dataRoot, store, launch),
    log: (message, facts) => deps.log(message, facts),
    now: () => deps.now(),
  })
  return { executor, close: () => api.close() }
}

/**
 * The data set that a step names, of the folder under the data root that the spec's storage names: a pod cannot mount
 * this machine's folder, and is to see no other project's data set either.
 */
async function dataFiles(
  dataRoot: string,
  store: ArtifactStore,
  { storage, component }: Launch,
): Promise<ArtifactFile[]> {
  const wanted = component.params['dataset']
  const hex = typeof wanted === 'string' ? /^sha256:([0-9a-f]{64})$/.exec(wanted)?.[1] : undefined
  if (storage.type !== 'local' || hex === undefined) return []
  const folder = join(dataRoot, normalize(join(sep, storage.path)))
  // The data set's own folder, or the one that all lie in.
  const own = basename(folder) === hex ? folder : join(folder, hex)
  const entries = await readdir(own, { recursive: true, withFileTypes: true }).catch(() => [])
  const files: ArtifactFile[] = []
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || !(await stat(path)).isFile()) continue
    files.push({
      path: relative(folder, path).split(sep).join('/'),
      ...(await store.putFile(path)),
    })
  }
  return files
}
