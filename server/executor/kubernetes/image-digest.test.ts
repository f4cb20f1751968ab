import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createImageDigests, readImageName, readRegistryCredentials } from './image-digest.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const body = '{"schemaVersion":2}'

/** A registry that speaks the OCI interface, with a token server where it wants one. */
async function makeRegistry(options: { token?: boolean; header?: boolean; status?: number } = {}) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`)
    const { port } = server.address() as AddressInfo
    if (request.url!.startsWith('/token'))
      return void response.end(JSON.stringify({ token: 'a-token' }))
    if (options.token === true && request.headers.authorization !== 'Bearer a-token') {
      response.statusCode = 401
      response.setHeader(
        'www-authenticate',
        `Bearer realm="http://127.0.0.1:${port}/token",service="registry",scope="repository:team/app:pull"`,
      )
      return void response.end()
    }
    response.statusCode = options.status ?? 200
    if (options.header !== false) response.setHeader('docker-content-digest', digest)
    response.end(request.method === 'HEAD' ? undefined : body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    asked,
    image: `${host}/team/app:1.2`,
    host,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}

const plain = { plainRegistries: [], credentials: {}, now: () => 0 }

describe('P6 the digest of an image', () => {
  it.each([
    ['python:3.12', 'docker.io', 'library/python', '3.12'],
    ['org/app', 'docker.io', 'org/app', 'latest'],
    ['ghcr.io/org/app:1', 'ghcr.io', 'org/app', '1'],
    ['localhost:5000/a/b/c:x', 'localhost:5000', 'a/b/c', 'x'],
    [`ghcr.io/org/app@${digest}`, 'ghcr.io', 'org/app', digest],
    [`ghcr.io/org/app:1@${digest}`, 'ghcr.io', 'org/app', digest],
  ])('reads %s', (image, host, repository, reference) => {
    expect(readImageName(image)).toEqual({ host, repository, reference })
  })

  it('is what the registry says of the tag, asked once a minute', async () => {
    await using registry = await makeRegistry()
    let now = 0
    const resolve = createImageDigests({ ...plain, now: () => now })
    expect(await resolve(registry.image)).toBe(digest)
    expect(await resolve(registry.image)).toBe(digest)
    expect(registry.asked).toEqual(['HEAD /v2/team/app/manifests/1.2 -'])
    now = 61_000
    await resolve(registry.image)
    expect(registry.asked).toHaveLength(2)
  })

  it('gets a token where one is wanted, with the credentials of that registry', async () => {
    await using registry = await makeRegistry({ token: true })
    const auth = Buffer.from('me:secret').toString('base64')
    const text = JSON.stringify({ auths: { [`http://${registry.host}/v1/`]: { auth } } })
    const credentials = readRegistryCredentials(text)
    expect(credentials).toEqual({ [registry.host]: auth })
    expect(await createImageDigests({ ...plain, credentials })(registry.image)).toBe(digest)
    expect(registry.asked).toEqual([
      'HEAD /v2/team/app/manifests/1.2 -',
      `GET /token?service=registry&scope=repository%3Ateam%2Fapp%3Apull Basic ${auth}`,
      'HEAD /v2/team/app/manifests/1.2 Bearer a-token',
    ])
  })

  it('is reckoned from the manifest where the registry leaves the header away', async () => {
    await using registry = await makeRegistry({ header: false })
    // sha256sum of the body
    expect(await createImageDigests(plain)(registry.image)).toBe(
      'sha256:bafebd36189ad3688b7b3915ea55d461e0bfcfbdde11e54b0a123999fb6be50f',
    )
  })

  it('names an image that is not there, and asks again the next time', async () => {
    await using registry = await makeRegistry({ status: 404 })
    const resolve = createImageDigests(plain)
    await expect(resolve(registry.image)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: `The registry ${registry.host} has no image ${registry.image}: mend its name or tag.`,
    })
    await expect(resolve(registry.image)).rejects.toThrow('has no image')
    expect(registry.asked).toHaveLength(2)
  })

  it('is not known where the registry does not answer, refuses, or takes too long', async () => {
    const resolve = createImageDigests({ ...plain, timeoutMs: 200 })
    expect(await resolve('127.0.0.1:9/team/app:1')).toBeNull()
    await using broken = await makeRegistry({ status: 500 })
    expect(await resolve(broken.image)).toBeNull()
    const silent = createServer(() => undefined)
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
    const { port } = silent.address() as AddressInfo
    expect(await resolve(`127.0.0.1:${port}/team/app:1`)).toBeNull()
    silent.closeAllConnections()
    silent.close()
  })

  it('needs no registry for an image that is named by its digest', async () => {
    const resolve = createImageDigests({
      ...plain,
      fetch: () => Promise.reject(new Error('nobody is asked')),
    })
    expect(await resolve(`ghcr.io/org/app@${digest}`)).toBe(digest)
  })

  it('refuses a file that is no Docker configuration', () => {
    expect(() => readRegistryCredentials('{')).toThrow('AUTODIDACT_REGISTRY_AUTH')
  })
})
