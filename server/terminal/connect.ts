import { createApp } from '../app.ts'
import { readConfig } from '../env.ts'
import { answers, createWire, type Wire } from './wire.ts'
import { UsageError } from './usage-error.ts'

const defaultServer = 'http://127.0.0.1:4173'

/** The API, and whether it lives in this very process. */
export interface Connection extends AsyncDisposable {
  readonly wire: Wire
  readonly inProcess: boolean
  readonly where: string
}

/**
 * The server that answers, else one of our own on the data folder for as long as the command takes.
 *
 * @throws UsageError when a server was named and none answers there
 */
export async function connect(options: {
  readonly server: string | null
  readonly token: string | null
  /** Another data folder than the configured one: then no running server is looked for. */
  readonly dataFolder?: string
}): Promise<Connection> {
  const config = readConfig()
  const token = options.token ?? config.token
  const server = options.server ?? defaultServer
  if (options.dataFolder === undefined && (await answers(server))) {
    const wire = createWire(server, token)
    return {
      wire,
      inProcess: false,
      where: server,
      [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
    }
  }
  if (options.server !== null) {
    throw new UsageError(
      `No Autodidact answers at ${options.server}: start it there, or leave --server away to work on this machine.`,
    )
  }
  const dataFolder = options.dataFolder ?? config.dataFolder
  const app = await createApp(
    {
      ...config,
      // Pods have to reach it as it is set; a process of this machine does in any case.
      ...(config.kubernetes === null
        ? { host: '127.0.0.1', port: 0, publicUrl: null, token: null }
        : {}),
      sample: false,
      dataFolder,
    },
    // What goes wrong reaches the person by the API; the rest would break the bars.
    { log: () => undefined },
  )
  const wire = createWire(app.url, app.token)
  return {
    wire,
    inProcess: true,
    where: dataFolder,
    async [Symbol.asyncDispose]() {
      await wire[Symbol.asyncDispose]()
      await app[Symbol.asyncDispose]()
    },
  }
}
