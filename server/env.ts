import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { z } from 'zod'
import type { LlmSettings } from '#intelligence/index.ts'
import { DomainError } from '#schema/domain/errors.ts'

/** All settings, parsed once. */
export interface Config {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly dataFolder: string
  /** null: the embedded database in the data folder. */
  readonly databaseUrl: string | null
  /** null: the data folder. */
  readonly s3: {
    readonly bucket: string
    readonly prefix: string
    readonly endpoint: string | null
    readonly publicEndpoint: string | null
    readonly region: string
  } | null
  /** null: steps are processes on this machine. */
  readonly kubernetes: {
    readonly kubeconfig: string | null
    readonly context: string | null
    readonly namespacePrefix: string
    readonly namespacePlan: 'per-project' | 'by-purpose'
    readonly courierImage: string
    readonly componentsImage: string
    readonly allowedImages: readonly string[]
    /** A Docker config.json with what registries want; null: none wants anything. */
    readonly registryAuth: string | null
    /** Hosts whose registries speak plain HTTP. */
    readonly plainRegistries: readonly string[]
    /** Secrets in the namespaces of the pods by which images are pulled. */
    readonly pullSecrets: readonly string[]
    /** Volume claims that `distributed` storage may name. */
    readonly allowedClaims: readonly string[]
    /** What a step may have on its node's disk, such as 100Gi. */
    readonly scratch: string
  } | null
  /** null: none is needed on loopback; elsewhere one is made and told at the start. */
  readonly token: string | null
  /** null: the address that it listens on. */
  readonly publicUrl: string | null
  readonly baseModelFolders: readonly string[]
  readonly clipFolder: string | null
  readonly allowHub: boolean
  readonly environmentsFolder: string
  /** null: python3 in PATH. */
  readonly python: string | null
  /** null: goals are read by the built-in grammar alone. */
  readonly llm: LlmSettings | null
  /** A vision model of the language model's server, for captions. */
  readonly captionModel: string | null
  /** Contexts of the kubeconfig whose clusters are shown beside this machine. */
  readonly clusterContexts: readonly string[]
  /** A Prometheus with DCGM's metrics; null: used GPUs of clusters are not measured. */
  readonly prometheusUrl: string | null
  readonly production: boolean
  readonly sample: boolean
  readonly clientFolder: string
  readonly componentsFolder: string
  readonly processEnvironment: Readonly<Record<string, string>>
}

const text = z.string().trim().min(1)
const flag = z
  .enum(['0', '1', 'true', 'false'])
  .transform((value) => value === '1' || value === 'true')

function listOf(written: string | undefined): string[] {
  return (written ?? '').split(/[\s,]+/).filter((item) => item !== '')
}

const settings = z.object({
  HOST: text.default('127.0.0.1'),
  // Vite's preview port plus nothing else of note: 3000, 5000 and 8080 are taken on most machines.
  PORT: z.coerce.number().int().min(0).max(65_535).default(4173),
  AUTODIDACT_DATA: text.optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
    .optional(),
  AUTODIDACT_EXECUTOR: z.enum(['local', 'kubernetes']).default('local'),
  KUBECONFIG: text.optional(),
  AUTODIDACT_KUBERNETES_CONTEXT: text.optional(),
  AUTODIDACT_KUBERNETES_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$/, 'must be a DNS label of at most 42 characters')
    .default('autodidact'),
  AUTODIDACT_NAMESPACE_PLAN: z.enum(['per-project', 'by-purpose']).default('per-project'),
  AUTODIDACT_COURIER_IMAGE: text.default('ghcr.io/autodidact/courier:0.1.0'),
  AUTODIDACT_COMPONENTS_IMAGE: text.default('ghcr.io/autodidact/components:0.1.0'),
  AUTODIDACT_ALLOWED_IMAGES: z.string().optional(),
  AUTODIDACT_REGISTRY_AUTH: text.optional(),
  AUTODIDACT_PLAIN_REGISTRIES: z.string().optional(),
  AUTODIDACT_PULL_SECRETS: z.string().optional(),
  AUTODIDACT_KUBERNETES_CLAIMS: z.string().optional(),
  // what one step may have on its node's disk: inputs, outputs, checkpoint and working files
  AUTODIDACT_KUBERNETES_SCRATCH: z
    .string()
    .regex(/^[1-9]\d*[KMGT]i$/, 'must be an amount such as 100Gi')
    .default('100Gi'),
  AUTODIDACT_STORE: z
    .string()
    .regex(
      /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w.-]+)*\/?$/,
      'must look like s3://bucket/prefix',
    )
    .optional(),
  // The SDK's own names, so that what works for the aws command works here.
  AWS_ENDPOINT_URL: z.url().optional(),
  AWS_ENDPOINT_URL_S3: z.url().optional(),
  AWS_REGION: text.default('us-east-1'),
  AUTODIDACT_STORE_PUBLIC_URL: z.url().optional(),
  AUTODIDACT_TOKEN: z.string().min(16, 'must have 16 characters or more').optional(),
  AUTODIDACT_PUBLIC_URL: z.url().optional(),
  AUTODIDACT_BASE_MODELS: z.string().optional(),
  AUTODIDACT_CLIP: text.optional(),
  AUTODIDACT_ALLOW_HUB: flag.default(false),
  AUTODIDACT_ENVIRONMENTS: text.optional(),
  AUTODIDACT_PYTHON: text.optional(),
  AUTODIDACT_CLUSTERS: text.optional(),
  AUTODIDACT_PROMETHEUS: z.url().optional(),
  AUTODIDACT_SAMPLE: flag.default(true),
  AUTODIDACT_LLM_URL: z.url().optional(),
  AUTODIDACT_LLM_KEY: text.optional(),
  AUTODIDACT_LLM_MODEL: text.optional(),
  // a model of the same server that sees: without it captions are written by hand
  AUTODIDACT_CAPTION_MODEL: text.optional(),
  // chips are already there from the grammar: a refinement that takes longer than this comes too late
  AUTODIDACT_LLM_TIMEOUT_SECONDS: z.coerce.number().min(1).max(120).default(15),
  // USD for a million tokens; 0 for a model of your own
  AUTODIDACT_LLM_PRICE_IN: z.coerce.number().min(0).default(0),
  AUTODIDACT_LLM_PRICE_OUT: z.coerce.number().min(0).default(0),
  // per person and day (UTC)
  AUTODIDACT_LLM_DAILY_TOKENS: z.coerce.number().int().min(0).default(500_000),
  AUTODIDACT_LLM_DAILY_MONEY: z.coerce.number().min(0).default(1),
  NODE_ENV: z.string().optional(),
})

// What a training step inherits: enough to find programs, a home, temporary space, certificates and a proxy; no secrets.
const inherited =
  /^(PATH|HOME|LANG|LC_.*|TMPDIR|TZ|LD_LIBRARY_PATH|CUDA_HOME|OMP_.*|HF_HOME|HF_ENDPOINT|SSL_CERT_.*|REQUESTS_CA_BUNDLE|(https?|no|all)_proxy|(HTTPS?|NO|ALL)_PROXY)$/i

const root = join(import.meta.dirname, '..')

/** @throws DomainError BAD_INPUT when an address comes without a model's name */
function llmOf(values: z.infer<typeof settings>): LlmSettings | null {
  if (values.AUTODIDACT_LLM_URL === undefined) return null
  if (values.AUTODIDACT_LLM_MODEL === undefined) {
    throw new DomainError(
      'BAD_INPUT',
      'A setting cannot be used: AUTODIDACT_LLM_URL needs AUTODIDACT_LLM_MODEL, the name of the model to ask.',
    )
  }
  return {
    url: values.AUTODIDACT_LLM_URL.replace(/\/+$/, ''),
    // servers of one's own take any key, the client library takes none
    key: values.AUTODIDACT_LLM_KEY ?? 'none',
    model: values.AUTODIDACT_LLM_MODEL,
    timeoutMs: values.AUTODIDACT_LLM_TIMEOUT_SECONDS * 1000,
    maxReplyTokens: 1000,
    priceIn: values.AUTODIDACT_LLM_PRICE_IN,
    priceOut: values.AUTODIDACT_LLM_PRICE_OUT,
    dailyTokens: values.AUTODIDACT_LLM_DAILY_TOKENS,
    dailyMoney: values.AUTODIDACT_LLM_DAILY_MONEY,
  }
}

/**
 * Reads the settings.
 *
 * @throws DomainError BAD_INPUT naming each variable that cannot be used
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = settings.safeParse(given)
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
    throw new DomainError('BAD_INPUT', `A setting cannot be used: ${faults.join('; ')}.`)
  }
  const values = parsed.data
  const [bucket, ...prefix] = values.AUTODIDACT_STORE?.slice('s3://'.length).split('/') ?? []
  return {
    s3:
      bucket === undefined
        ? null
        : {
            bucket,
            prefix: prefix.filter((part) => part !== '').join('/'),
            endpoint: values.AWS_ENDPOINT_URL_S3 ?? values.AWS_ENDPOINT_URL ?? null,
            publicEndpoint: values.AUTODIDACT_STORE_PUBLIC_URL ?? null,
            region: values.AWS_REGION,
          },
    kubernetes:
      values.AUTODIDACT_EXECUTOR === 'local'
        ? null
        : {
            // KUBECONFIG may name several files: then the client library joins them.
            kubeconfig:
              values.KUBECONFIG === undefined || values.KUBECONFIG.includes(delimiter)
                ? null
                : values.KUBECONFIG,
            context: values.AUTODIDACT_KUBERNETES_CONTEXT ?? null,
            namespacePrefix: values.AUTODIDACT_KUBERNETES_NAMESPACE,
            namespacePlan: values.AUTODIDACT_NAMESPACE_PLAN,
            courierImage: values.AUTODIDACT_COURIER_IMAGE,
            componentsImage: values.AUTODIDACT_COMPONENTS_IMAGE,
            allowedImages: listOf(values.AUTODIDACT_ALLOWED_IMAGES),
            registryAuth: values.AUTODIDACT_REGISTRY_AUTH ?? null,
            plainRegistries: listOf(values.AUTODIDACT_PLAIN_REGISTRIES),
            pullSecrets: listOf(values.AUTODIDACT_PULL_SECRETS),
            allowedClaims: listOf(values.AUTODIDACT_KUBERNETES_CLAIMS),
            scratch: values.AUTODIDACT_KUBERNETES_SCRATCH,
          },
    host: values.HOST,
    port: values.PORT,
    dataFolder:
      values.AUTODIDACT_DATA ??
      join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'autodidact'),
    databaseUrl: values.DATABASE_URL ?? null,
    token: values.AUTODIDACT_TOKEN ?? null,
    publicUrl: values.AUTODIDACT_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    baseModelFolders: [
      ...(values.AUTODIDACT_BASE_MODELS ?? '').split(delimiter).filter((folder) => folder !== ''),
      join(root, 'deploy', 'base-models'),
    ],
    clipFolder: values.AUTODIDACT_CLIP ?? null,
    allowHub: values.AUTODIDACT_ALLOW_HUB,
    environmentsFolder:
      values.AUTODIDACT_ENVIRONMENTS ??
      join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'autodidact', 'environments'),
    python: values.AUTODIDACT_PYTHON ?? null,
    llm: llmOf(values),
    captionModel: values.AUTODIDACT_CAPTION_MODEL ?? null,
    clusterContexts: (values.AUTODIDACT_CLUSTERS ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    prometheusUrl: values.AUTODIDACT_PROMETHEUS ?? null,
    production: values.NODE_ENV === 'production',
    sample: values.AUTODIDACT_SAMPLE,
    clientFolder: join(root, 'dist', 'client'),
    componentsFolder: join(root, 'deploy', 'components'),
    processEnvironment: Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) =>
        value !== undefined && inherited.test(name) ? [[name, value]] : [],
      ),
    ),
  }
}
