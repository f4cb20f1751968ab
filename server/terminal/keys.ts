import { createInterface } from 'node:readline/promises'

/** Thrown when a person pressed Ctrl-C while being asked. */
export class Interrupted extends Error {
  constructor() {
    super('Interrupted.')
    this.name = 'Interrupted'
  }
}

/** Waits for one of the keys on a terminal. @throws Interrupted */
export function readKey(input: NodeJS.ReadStream, keys: readonly string[]): Promise<string> {
  return new Promise((done, fail) => {
    const hear = (chunk: Buffer): void => {
      for (const key of chunk.toString('utf8').toLowerCase()) {
        if (key === '\u0003') return stop(() => fail(new Interrupted()))
        const name = key === '\r' ? '\n' : key
        if (keys.includes(name)) return stop(() => done(name))
      }
    }
    const stop = (then: () => void): void => {
      input.off('data', hear)
      input.setRawMode(false)
      input.pause()
      then()
    }
    input.setRawMode(true)
    input.resume()
    input.on('data', hear)
  })
}

/** Asks for a line; empty means the default. @throws Interrupted */
export async function askLine(
  input: NodeJS.ReadStream,
  out: NodeJS.WriteStream,
  question: string,
): Promise<string> {
  const lines = createInterface({ input, output: out })
  try {
    return await new Promise<string>((done, fail) => {
      lines.once('SIGINT', () => fail(new Interrupted()))
      lines.once('close', () => done(''))
      void lines.question(question).then(done, fail)
    })
  } finally {
    lines.close()
  }
}
