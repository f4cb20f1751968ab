import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createImageDigests } from '#server/executor/kubernetes/image-digest.ts'

// Debian's docker-registry: CNCF distribution, what most registries of one's own are.
const binary = process.env['TEST_REGISTRY'] ?? '/usr/bin/docker-registry'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

const sha256 = (bytes: string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
// "me" with "secret", by bcrypt: the only hash that it takes.
const htpasswd = 'me:$2b$05$KJpsVZSzZTcw/Rvr5Rsn3eYvaOFk58G.V1xzc5Ry7R2PdPJb9OfRq\n'
const auth = Buffer.from('me:secret').toString('base64')

interface Registry extends AsyncDisposable {
  readonly host: string
  /** Puts an image of one empty layer under a tag; its digest. */
  push(name: string, tag: string, label: string): Promise<string>
  /** An index that names such an image, as multi-platform tags are. */
  pushIndex(name: string, tag: string, manifest: string): Promise<string>
  stop(): Promise<void>
}

async function startRegistry(options: { readonly basic?: boolean } = {}): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'))
  const port = await freePort()
  const host = `127.0.0.1:${port}`
  await writeFile(join(folder, 'htpasswd'), htpasswd)
  await writeFile(
    join(folder, 'config.yml'),
    `version: 0.1
storage: {filesystem: {rootdirectory: ${folder}/data}, delete: {enabled: true}}
http: {addr: "${host}", secret: a-secret-of-the-test}
log: {level: error, accesslog: {disabled: true}}
${options.basic === true ? `auth: {htpasswd: {realm: test, path: ${folder}/htpasswd}}` : ''}
`,
  )
  const child: ChildProcess = spawn(binary, ['serve', join(folder, 'config.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr!.on('data', (bytes: Buffer) => (said += bytes.toString()))
  const gone = new Promise<void>((done) => child.once('exit', () => done()))
  for (let look = 0; ; look += 1) {
    const there = await fetch(`http://${host}/v2/`).then(
      () => true,
      () => false,
    )
    if (there) break
    if (look > 100 || child.exitCode !== null) throw new Error(`the registry is not there: ${said}`)
    await sleep(100)
  }
  const headers = { authorization: `Basic ${auth}` }
  const expectStatus = (reply: Response, status: number) => {
    if (reply.status !== status)
      throw new Error(`${reply.url}: ${reply.status} instead of ${status}`)
  }
  async function blob(name: string, bytes: string): Promise<{ digest: string; size: number }> {
    const begun = await fetch(`http://${host}/v2/${name}/blobs/uploads/`, {
      method: 'POST',
      headers,
    })
    expectStatus(begun, 202)
    const to = new URL(begun.headers.get('location')!, `http://${host}`)
    const digest = sha256(bytes)
    to.searchParams.set('digest', digest)
    const type = { 'content-type': 'application/octet-stream' }
    expectStatus(
      await fetch(to, { method: 'PUT', headers: { ...headers, ...type }, body: bytes }),
      201,
    )
    return { digest, size: Buffer.byteLength(bytes) }
  }
  async function manifest(name: string, tag: string, type: string, body: object): Promise<string> {
    const text = JSON.stringify({ schemaVersion: 2, mediaType: type, ...body })
    const reply = await fetch(`http://${host}/v2/${name}/manifests/${tag}`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': type },
      body: text,
    })
    expectStatus(reply, 201)
    return sha256(text)
  }
  const stop = async () => {
    child.kill('SIGKILL')
    await gone
  }
  return {
    host,
    stop,
    async push(name, tag, label) {
      const config = await blob(name, JSON.stringify({ architecture: 'amd64', os: 'linux', label }))
      const layer = await blob(name, 'no bytes of note')
      const kind = 'application/vnd.docker'
      return manifest(name, tag, `${kind}.distribution.manifest.v2+json`, {
        config: { mediaType: `${kind}.container.image.v1+json`, ...config },
        layers: [{ mediaType: `${kind}.image.rootfs.diff.tar.gzip`, ...layer }],
      })
    },
    pushIndex: (name, tag, digest) =>
      manifest(name, tag, 'application/vnd.docker.distribution.manifest.list.v2+json', {
        manifests: [
          {
            mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
            digest,
            size: 1,
            platform: { architecture: 'amd64', os: 'linux' },
          },
        ],
      }),
    async [Symbol.asyncDispose]() {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

describe.skipIf(!existsSync(binary))('P6 digests asked of a real registry', () => {
  const plain = { plainRegistries: [], credentials: {} }

  it('are those of the manifest, of an index too, and of what is pushed under the tag later', async () => {
    await using registry = await startRegistry()
    let now = 0
    const resolve = createImageDigests({ ...plain, now: () => now })
    const image = `${registry.host}/team/app:1.2`
    const first = await registry.push('team/app', '1.2', 'first')
    expect(await resolve(image)).toBe(first)
    const index = await registry.pushIndex('team/app', 'many', first)
    expect(await resolve(`${registry.host}/team/app:many`)).toBe(index)
    const second = await registry.push('team/app', '1.2', 'second')
    expect(second).not.toBe(first)
    // Within the minute the answer stands; after it, the tag is another image.
    expect(await resolve(image)).toBe(first)
    now = 61_000
    expect(await resolve(image)).toBe(second)
    await expect(resolve(`${registry.host}/team/app:none`)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('has no image'),
    })
    await expect(resolve(`${registry.host}/team/other:1`)).rejects.toThrow('mend its name or tag')
  })

  it('need the credentials of a registry that asks for some', async () => {
    await using registry = await startRegistry({ basic: true })
    const digest = await registry.push('team/app', '1', 'x')
    const image = `${registry.host}/team/app:1`
    const ask = (credentials: Record<string, string>) =>
      createImageDigests({ ...plain, credentials, now: () => 0 })(image)
    expect(await ask({ [registry.host]: auth })).toBe(digest)
    // Without them, or with wrong ones, nobody knows: the approver is told that it is only a tag.
    expect(await ask({})).toBeNull()
    const wrong = Buffer.from('me:wrong').toString('base64')
    expect(await ask({ [registry.host]: wrong })).toBeNull()
  })

  it('are not known while it is away, and are when it is back', async () => {
    await using registry = await startRegistry()
    await registry.push('team/app', '1', 'x')
    let now = 0
    const resolve = createImageDigests({ ...plain, now: () => now, timeoutMs: 500 })
    await registry.stop()
    expect(await resolve(`${registry.host}/team/app:1`)).toBeNull()
    now = 61_000
    expect(await resolve(`${registry.host}/team/app:1`)).toBeNull()
  })
})
