import { createHash } from 'node:crypto'
import { DomainError } from '#schema/domain/errors.ts'

/** An image by the parts of its name: where it is asked for, and what. */
export interface ImageName {
  readonly host: string
  readonly repository: string
  /** A tag, or `sha256:<hex>`. */
  readonly reference: string
}

export interface ImageDigestDeps {
  /** Registries that speak plain HTTP; those on this machine do so anyway. */
  readonly plainRegistries: readonly string[]
  /** `user:password` by registry host, base64, as in a Docker configuration. */
  readonly credentials: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  fetch?(url: string, init: RequestInit): Promise<Response>
  now(): number
}

const kinds = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')
const digestPattern = /^sha256:[0-9a-f]{64}$/
/** A tag is asked for again after this; a registry that says nothing, too. */
const freshMs = 60_000
const mostManifest = 8 * 2 ** 20

/** "ghcr.io/a/b:1" and Docker's short forms: without a host it is Docker Hub, without a folder its `library`. */
export function readImageName(image: string): ImageName {
  const at = image.indexOf('@')
  const named = at === -1 ? image : image.slice(0, at)
  const [first = '', ...rest] = named.split('/')
  const hosted = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const path = hosted ? rest.join('/') : named
  const colon = path.lastIndexOf(':')
  const name = colon === -1 ? path : path.slice(0, colon)
  const host = hosted ? first : 'docker.io'
  return {
    host,
    repository: host === 'docker.io' && !name.includes('/') ? `library/${name}` : name,
    reference: at !== -1 ? image.slice(at + 1) : colon === -1 ? 'latest' : path.slice(colon + 1),
  }
}

/** The parts of `Bearer realm="…",service="…",scope="…"`. */
function readChallenge(header: string): Record<string, string> {
  return Object.fromEntries(
    [...header.matchAll(/([a-z_]+)="([^"]*)"/g)].map((match) => [match[1]!, match[2]!]),
  )
}

/**
 * Resolves tags to digests by the registries' own interface (OCI Distribution 1.1): what an approval covers is the
 * content, whatever the tag says later.
 *
 * @returns of an image's name: `sha256:<hex>`; null when its registry does not say, such as on a network without one
 */
export function createImageDigests(
  deps: ImageDigestDeps,
): (image: string) => Promise<string | null> {
  const call = deps.fetch ?? ((url, init) => fetch(url, init))
  const known = new Map<string, { readonly at: number; readonly digest: Promise<string | null> }>()

  function signal(): AbortSignal {
    return AbortSignal.timeout(deps.timeoutMs ?? 5_000)
  }

  async function authorise(
    host: string,
    repository: string,
    header: string,
  ): Promise<string | null> {
    const basic = deps.credentials[host]
    if (/^basic/i.test(header)) return basic === undefined ? null : `Basic ${basic}`
    const { realm, service } = readChallenge(header)
    if (realm === undefined) return null
    const url = new URL(realm)
    // A password goes nowhere in the clear, whatever the registry says.
    if (url.protocol !== 'https:' && basic !== undefined && !isPlain(url.host)) return null
    if (service !== undefined) url.searchParams.set('service', service)
    url.searchParams.set('scope', `repository:${repository}:pull`)
    const reply = await call(url.href, {
      signal: signal(),
      ...(basic === undefined ? {} : { headers: { authorization: `Basic ${basic}` } }),
    })
    if (!reply.ok) return null
    const { token, access_token: access } = (await reply.json()) as Record<string, unknown>
    const given = token ?? access
    return typeof given === 'string' ? `Bearer ${given}` : null
  }

  function isPlain(host: string): boolean {
    return /^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host) || deps.plainRegistries.includes(host)
  }

  async function ask({ host, repository, reference }: ImageName, image: string) {
    const server = host === 'docker.io' ? 'registry-1.docker.io' : host
    const url = `${isPlain(host) ? 'http' : 'https'}://${server}/v2/${repository}/manifests/${encodeURIComponent(reference)}`
    const send = (method: string, authorization: string | null) =>
      call(url, {
        method,
        signal: signal(),
        headers: { accept: kinds, ...(authorization === null ? {} : { authorization }) },
      })
    let authorization: string | null = null
    let reply = await send('HEAD', null)
    if (reply.status === 401) {
      authorization = await authorise(host, repository, reply.headers.get('www-authenticate') ?? '')
      if (authorization === null) return null
      reply = await send('HEAD', authorization)
    }
    if (reply.status === 404)
      throw new DomainError(
        'BAD_INPUT',
        `The registry ${host} has no image ${image}: mend its name or tag.`,
        { image },
      )
    if (!reply.ok) return null
    const told = reply.headers.get('docker-content-digest')
    if (told !== null && digestPattern.test(told)) return told
    // A registry may leave the header away: then the manifest's own bytes tell.
    const whole = await send('GET', authorization)
    if (!whole.ok) return null
    const bytes = Buffer.from(await whole.arrayBuffer())
    if (bytes.length > mostManifest) return null
    return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  }

  return (image) => {
    const name = readImageName(image)
    if (digestPattern.test(name.reference)) return Promise.resolve(name.reference)
    const now = deps.now()
    const before = known.get(image)
    if (before !== undefined && now - before.at < freshMs) return before.digest
    const digest = ask(name, image).catch((error: unknown) => {
      if (error instanceof DomainError) throw error
      // No route, no name, no answer in time: it runs by its tag, and who approves is told so.
      return null
    })
    if (known.size > 1_000) known.clear()
    known.set(image, { at: now, digest })
    // That an image is missing is not kept: it may be pushed in a moment.
    digest.catch(() => known.delete(image))
    return digest
  }
}

/** `user:password` by host, of the text of a Docker `config.json`. @throws DomainError BAD_INPUT when it is none */
export function readRegistryCredentials(text: string): Record<string, string> {
  try {
    const { auths } = JSON.parse(text) as { auths?: Record<string, { auth?: unknown } | null> }
    return Object.fromEntries(
      Object.entries(auths ?? {}).flatMap(([key, value]) => {
        const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
        const auth = value?.auth
        if (typeof auth !== 'string' || auth === '') return []
        return [[host === 'index.docker.io' ? 'docker.io' : host, auth]]
      }),
    )
  } catch {
    throw new DomainError(
      'BAD_INPUT',
      'The file in AUTODIDACT_REGISTRY_AUTH is no Docker config.json.',
    )
  }
}
