/** One line of a lineage node's record: `name` is a word of ours, or a name as it is. */
export interface LineageFact {
  readonly name: string
  readonly value: string
  readonly note: string | null
}

const code = /^(.+?): (\S+) (digest unknown|\S+)( \(result of an earlier run\))?$/

/** The facts that a lineage node's detail lists, one a line (server/model/lineage.ts). */
export function lineageFacts(kind: string, detail: string): LineageFact[] {
  return detail
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => factOf(kind, line))
}

function factOf(kind: string, line: string): LineageFact {
  if (kind === 'images') {
    const at = line.indexOf(' ')
    const hash = at < 0 ? line : line.slice(0, at)
    return { name: hash.slice(0, 12), value: at < 0 ? '' : line.slice(at + 1), note: null }
  }
  const step = kind === 'code' ? code.exec(line) : null
  if (step !== null) {
    const [, name, image, digest, cached] = step
    return {
      name: name!,
      value: digest === 'digest unknown' ? image! : `${image!} ${digest!}`,
      note: cached !== undefined ? 'cached' : digest === 'digest unknown' ? 'noDigest' : null,
    }
  }
  const pair = /^([\w-]+): (.*)$/.exec(line)
  if (pair !== null) return { name: pair[1]!, value: pair[2]!, note: null }
  return { name: 'hash', value: line, note: null }
}
