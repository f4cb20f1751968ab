import { newId } from '#schema/domain/id.ts'
import { named } from './image-files.ts'
import { readKey } from './keys.ts'
import { plainText, type Screen } from './screen.ts'
import type { Wire } from './wire.ts'

interface ImageNode {
  readonly id: string
  readonly fileName: string
}
interface CandidateNode {
  readonly id: string
  readonly image: ImageNode & {
    readonly width: number
    readonly height: number
    readonly sees: string | null
  }
  readonly reason: { readonly text: string }
  readonly verdict: string | null
}

/** All pictures of the pool that may be chosen. */
export async function usedImages(wire: Wire, pool: string): Promise<ImageNode[]> {
  interface Page {
    readonly node: {
      readonly images: {
        readonly edges: readonly { readonly node: ImageNode }[]
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
      }
    }
  }
  const images: ImageNode[] = []
  for (let after: string | null = null; ;) {
    const { node }: Page = await wire.ask<Page>(
      `query($pool: ID!, $after: String) { node(id: $pool) { ... on Pool {
        images(first: 100, after: $after, filter: USED) { edges { node { id fileName } } pageInfo { hasNextPage endCursor } } } } }`,
      { pool, after },
    )
    images.push(...node.images.edges.map((edge) => edge.node))
    if (!node.images.pageInfo.hasNextPage) return images
    after = node.images.pageInfo.endCursor
  }
}

/** Accepts by list; answers how many. */
export async function acceptByName(
  wire: Wire,
  pool: string,
  curation: string,
  accept: 'all' | readonly string[],
): Promise<number> {
  const images = await usedImages(wire, pool)
  const chosen = images.filter(
    ({ fileName }) => accept === 'all' || accept.some((pattern) => named(pattern, fileName)),
  )
  for (let from = 0; from < chosen.length; from += 1_000) {
    const part = chosen.slice(from, from + 1_000).map((image) => image.id)
    await wire.change('imagesAccept', { curation, images: part }, 'Curation', 'id')
  }
  return chosen.length
}

const verdicts: Readonly<Record<string, string>> = { a: 'ACCEPT', x: 'REJECT', ' ': 'UNSURE' }
const keys = [...Object.keys(verdicts), 'z', 'q', '\n']

interface Estimate {
  readonly moreLabels: number
  readonly suggestStop: boolean
  readonly reason: string
}

async function estimateOf(wire: Wire, curation: string): Promise<Estimate> {
  const { node } = await wire.ask<{ node: { estimate: Estimate } }>(
    `query($id: ID!) { node(id: $id) { ... on Curation { estimate { moreLabels suggestStop reason } } } }`,
    { id: curation },
  )
  return node.estimate
}

async function candidatesOf(wire: Wire, round: string): Promise<CandidateNode[]> {
  const { node } = await wire.ask<{ node: { candidates: { edges: { node: CandidateNode }[] } } }>(
    `query($id: ID!) { node(id: $id) { ... on Round { candidates(first: 100) { edges { node {
      id verdict reason { text } image { id fileName width height sees } } } } } } }`,
    { id: round },
  )
  return node.candidates.edges.map((edge) => edge.node)
}

/** One round by keyboard; false when the person wants to finish. */
async function judge(
  wire: Wire,
  screen: Screen,
  input: NodeJS.ReadStream,
  curation: string,
  candidates: readonly CandidateNode[],
  paths: ReadonlyMap<string, string>,
): Promise<boolean> {
  for (let at = 0; at < candidates.length;) {
    const { id, image, reason } = candidates[at]!
    const path = paths.get(image.fileName) ?? image.fileName
    const sees = image.sees === null ? '' : `, shows a ${image.sees}`
    screen.block([
      `  ${at + 1}/${candidates.length}  ${plainText(path)}  (${image.width} x ${image.height}${plainText(sees)})`,
      `        ${plainText(reason.text)}`,
      '        a accept   x reject   space unsure   z undo   Enter finish',
    ])
    const shown = performance.now()
    const key = await readKey(input, keys)
    if (key === 'q' || key === '\n') {
      screen.block([])
      return false
    }
    if (key === 'z') {
      if (at === 0) continue
      await wire.change('verdictUndo', { curation }, 'Candidate', 'id')
      at -= 1
      continue
    }
    const value = verdicts[key]!
    const milliseconds = Math.round(performance.now() - shown)
    await wire.change(
      'verdictRecord',
      { id: newId(), candidate: id, value, milliseconds },
      'Candidate',
      'id',
    )
    screen.block([])
    const sign = { ACCEPT: '✓', REJECT: '✗', UNSURE: '?' }[value]
    screen.say(`  ${sign} ${plainText(path)}`, value === 'ACCEPT' ? 'green' : 'dim')
    at += 1
  }
  return true
}

/** Accept/reject rounds in the terminal, until the person has had enough. @throws Interrupted */
export async function reviewByHand(
  wire: Wire,
  screen: Screen,
  input: NodeJS.ReadStream,
  curation: { readonly id: string; readonly round: { readonly id: string } | null },
  paths: ReadonlyMap<string, string>,
): Promise<void> {
  let round = curation.round
  for (;;) {
    if (round !== null) {
      const open = (await candidatesOf(wire, round.id)).filter(
        (candidate) => candidate.verdict === null,
      )
      if (!(await judge(wire, screen, input, curation.id, open, paths))) return
    }
    const estimate = await estimateOf(wire, curation.id)
    screen.say(`  ${plainText(estimate.reason)}`)
    if (estimate.suggestStop) {
      screen.say('  Enter: finish the review   space: go on')
      if ((await readKey(input, ['\n', ' ', 'q'])) !== ' ') return
    }
    round = await wire.change<{ id: string }>(
      'roundNext',
      { id: newId(), curation: curation.id },
      'Round',
      'id',
    )
    if ((await candidatesOf(wire, round.id)).length === 0) {
      screen.say('  Every picture has been judged.')
      return
    }
  }
}
