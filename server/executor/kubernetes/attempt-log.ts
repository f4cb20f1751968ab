import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

/** `2026-11-21T11:00:00.123456789Z text` */
const stamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/

/**
 * An attempt's log on this machine. `raw.log` has each line as the cluster gave it, with its time stamp: it says where to go
 * on, so that no line is lost or doubled whenever the follower or the server dies. `output.log` is the same without
 * the stamps, and is what people read; it follows from the other.
 */
export class AttemptLog {
  readonly #raw: string
  readonly #output: string
  #last = ''
  /** How many of the newest lines bear the time stamp `#last`. */
  #same = 0
  #opened = false

  constructor(folder: string) {
    this.#raw = join(folder, 'raw.log')
    this.#output = join(folder, 'output.log')
  }

  get path(): string {
    return this.#output
  }

  /** Where to go on: lines before this second are not needed. null: from the start. */
  get since(): string | null {
    return this.#last === '' ? null : this.#last
  }

  async open(): Promise<void> {
    if (this.#opened) return
    await mkdir(dirname(this.#raw), { recursive: true })
    const size = await sizeOf(this.#raw)
    if (size > 0) {
      await this.#dropTorn(size)
      let plain = 0
      for await (const line of createInterface({ input: createReadStream(this.#raw) })) {
        this.#note(line)
        plain += Buffer.byteLength(line.replace(stamp, '')) + 1
      }
      if ((await sizeOf(this.#output)) !== plain) await this.#rebuild()
    }
    this.#opened = true
  }

  /**
   * Appends lines as they came from `since` on; those that are there already are left out.
   *
   * @param state of one connection; a new one for each
   */
  async append(lines: readonly string[], state: Overlap): Promise<void> {
    const fresh: string[] = []
    for (const line of lines) {
      const time = stamp.exec(line)?.[1] ?? ''
      if (state.skipping) {
        if (time < state.last) continue
        if (time === state.last && state.skip > 0) {
          state.skip -= 1
          continue
        }
        if (time > state.last) state.skipping = false
      }
      fresh.push(line)
      this.#note(line)
    }
    if (fresh.length === 0) return
    await appendWhole(this.#raw, fresh.map((line) => `${line}\n`).join(''))
    await appendWhole(this.#output, fresh.map((line) => `${line.replace(stamp, '')}\n`).join(''))
  }

  /** What a connection that begins now has to leave out. */
  overlap(): Overlap {
    return { last: this.#last, skip: this.#same, skipping: this.#last !== '' }
  }

  #note(line: string): void {
    const time = stamp.exec(line)?.[1] ?? ''
    if (time === this.#last) this.#same += 1
    else {
      this.#last = time
      this.#same = 1
    }
  }

  /** The last write may have been cut by a crash: a line without its end comes again. */
  async #dropTorn(size: number): Promise<void> {
    await using file = await open(this.#raw, 'r')
    const length = Math.min(size, 1024 * 1024)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
    const end = buffer.lastIndexOf(10)
    if (end !== length - 1) await truncate(this.#raw, size - length + end + 1)
  }

  async #rebuild(): Promise<void> {
    const part = `${this.#output}.part`
    const raw = await readFile(this.#raw, 'utf8')
    await writeFile(part, raw.replaceAll(new RegExp(stamp.source, 'gm'), ''))
    await rename(part, this.#output)
  }
}

export interface Overlap {
  readonly last: string
  skip: number
  skipping: boolean
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

async function appendWhole(path: string, text: string): Promise<void> {
  await using file = await open(path, 'a')
  await file.writeFile(text)
}
