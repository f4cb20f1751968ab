import { z } from 'zod'

/** One GPU as NVIDIA's DCGM exporter tells it through Prometheus. */
export interface DcgmGpu {
  readonly uuid: string
  readonly node: string
  /** The index on its node. */
  readonly index: string
  readonly type: string
  readonly utilisation: number | null
  readonly peak: number | null
  readonly memoryBytes: number | null
  readonly memoryUsedBytes: number | null
  readonly celsius: number | null
  readonly watts: number | null
  readonly pod: { readonly namespace: string; readonly name: string } | null
}

const answer = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
})
type Sample = z.infer<typeof answer>['data']['result'][number]

const mebibyte = 2 ** 20
const timeoutMs = 5_000
/** RS-01: used means busy at any time in this window. */
const window = '5m'

const metrics = [
  'DCGM_FI_DEV_GPU_UTIL',
  'DCGM_FI_DEV_FB_USED',
  'DCGM_FI_DEV_FB_FREE',
  'DCGM_FI_DEV_FB_RESERVED',
  'DCGM_FI_DEV_GPU_TEMP',
  'DCGM_FI_DEV_POWER_USAGE',
]

interface Draft {
  labels: Readonly<Record<string, string>>
  values: Map<string, number>
}

/** A MIG slice shares its card's uuid. */
const keyOf = (labels: Readonly<Record<string, string>>) =>
  `${labels['UUID'] ?? `${labels['Hostname'] ?? ''}/${labels['gpu'] ?? ''}`}/${labels['GPU_I_ID'] ?? ''}`

/** Joins the series of the exporter by device. Pure. */
export function readDcgm(now: readonly Sample[], peaks: readonly Sample[]): DcgmGpu[] {
  const drafts = new Map<string, Draft>()
  const put = (name: string, { metric, value }: Sample) => {
    const figure = Number(value[1])
    if (!Number.isFinite(figure)) return
    const key = keyOf(metric)
    const draft = drafts.get(key) ?? { labels: metric, values: new Map<string, number>() }
    draft.values.set(name, figure)
    drafts.set(key, draft)
  }
  for (const sample of now) put(sample.metric['__name__'] ?? '', sample)
  for (const sample of peaks) if (drafts.has(keyOf(sample.metric))) put('peak', sample)
  return [...drafts.values()].map(({ labels, values }) => {
    const figure = (name: string, factor = 1) => {
      const value = values.get(name)
      return value === undefined ? null : value * factor
    }
    const used = figure('DCGM_FI_DEV_FB_USED', mebibyte)
    const free = figure('DCGM_FI_DEV_FB_FREE', mebibyte)
    const reserved = figure('DCGM_FI_DEV_FB_RESERVED', mebibyte) ?? 0
    // Prometheus renames the exporter's own labels when its target has some of the same name.
    const pod = labels['exported_pod'] ?? labels['pod'] ?? ''
    return {
      uuid: labels['UUID'] ?? '',
      node: labels['Hostname'] ?? '',
      index: labels['gpu'] ?? '',
      type: labels['modelName'] ?? '',
      utilisation: figure('DCGM_FI_DEV_GPU_UTIL', 0.01),
      peak: figure('peak', 0.01) ?? figure('DCGM_FI_DEV_GPU_UTIL', 0.01),
      memoryBytes: used === null || free === null ? null : used + free + reserved,
      memoryUsedBytes: used,
      celsius: figure('DCGM_FI_DEV_GPU_TEMP'),
      watts: figure('DCGM_FI_DEV_POWER_USAGE'),
      pod:
        pod === ''
          ? null
          : { namespace: labels['exported_namespace'] ?? labels['namespace'] ?? '', name: pod },
    }
  })
}

export interface Prometheus {
  /** @throws when it does not answer, or not as Prometheus does */
  gpus(): Promise<DcgmGpu[]>
}

/** @param url such as http://prometheus:9090 */
export function createPrometheus(url: string): Prometheus {
  async function query(text: string): Promise<Sample[]> {
    const address = new URL(`${url.replace(/\/+$/, '')}/api/v1/query`)
    address.searchParams.set('query', text)
    const response = await fetch(address, { signal: AbortSignal.timeout(timeoutMs) })
    if (!response.ok) throw new Error(`Prometheus answers ${response.status}`)
    return answer.parse(await response.json()).data.result
  }
  return {
    async gpus() {
      const [now, peaks] = await Promise.all([
        query(`{__name__=~"${metrics.join('|')}"}`),
        query(`max_over_time(DCGM_FI_DEV_GPU_UTIL[${window}])`),
      ])
      return readDcgm(now, peaks)
    },
  }
}
