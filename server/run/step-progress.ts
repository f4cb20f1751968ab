export interface Progress {
  /** 0 to 1. */
  readonly value: number
  readonly message: string
}

const pattern = /^progress:\s+(\d{1,3}(?:\.\d+)?(?:e-?\d+)?)(?:\s+(.*))?$/

/** Reads one line of a component's output; null when it is log and nothing else. */
export function parseProgress(line: string): Progress | null {
  const match = pattern.exec(line.trimEnd())
  if (match === null) return null
  const value = Number(match[1])
  if (!Number.isFinite(value)) return null
  return { value: Math.min(1, value), message: (match[2] ?? '').slice(0, 200) }
}

/** Follows a log from piece to piece and gives the newest progress of each; half lines wait for their end. */
export class ProgressReader {
  #rest = ''
  readonly #decoder = new TextDecoder()

  read(bytes: Uint8Array): Progress | null {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n')
    // A line that never ends must not grow for ever.
    this.#rest = (lines.pop() ?? '').slice(-10_000)
    for (const line of lines.reverse()) {
      const progress = parseProgress(line)
      if (progress !== null) return progress
    }
    return null
  }
}
