// Run by curation.ts: what the page waits for, over HTTP, GraphQL and the database. Prints its measures as JSON.
import { performance } from 'node:perf_hooks'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../harness/app.ts'
import { stream } from './curation-tasks.ts'
import { percentile, type Measure } from './report.ts'

const dim = 512
const measures: Measure[] = []

const recordVerdict = `mutation ($candidate: ID!, $value: VerdictValue!, $id: String!) {
  verdictRecord(input: { id: $id, candidate: $candidate, value: $value, milliseconds: 300 }) {
    __typename ... on Candidate { id } ... on Error { code message } } }`
const nextRound = `mutation ($curation: ID!, $id: String!) {
  roundNext(input: { id: $id, curation: $curation }) {
    __typename ... on Round { id ordinal candidates(first: 100) { edges { node {
      id image { id url thumbnailUrl fileName sees } partner { url fileName } reason { kind text key params terms } } } } }
    ... on Error { code message } } }`

/** Pictures about 60 centres, written straight into the tables: nobody uploads 100,000 files for a bench. */
async function fill(app: TestApp, poolId: string, count: number): Promise<void> {
  const random = stream(count)
  const centres = Float32Array.from({ length: 60 * dim }, () => random() - 0.5)
  await app.db
    .updateTable('pool')
    .set({ embedder: 'clip-vit-b-32', embedding_state: 'DONE' })
    .where('id', '=', poolId)
    .execute()
  const at = 500
  for (let from = 0; from < count; from += at) {
    const rows = Array.from({ length: Math.min(at, count - from) }, (_, index) => {
      const key = (from + index).toString(16).padStart(12, '0')
      const centre = Math.floor(random() * 60) * dim
      const numbers = Array.from({ length: dim }, (__, axis) =>
        (centres[centre + axis]! + 0.8 * (random() - 0.5)).toFixed(3),
      )
      return { id: `00000000-0000-7000-8000-${key}`, vector: `[${numbers.join()}]` }
    })
    await app.db
      .insertInto('image')
      .values(
        rows.map(({ id }, index) => ({
          id,
          pool_id: poolId,
          sha256: id,
          blob_sha256: '0'.repeat(64),
          thumbnail_sha256: '0'.repeat(64),
          file_name: `${from + index}.png`,
          format: 'png',
          width: 512,
          height: 512,
          bytes: 1,
          measures: JSON.stringify({ quality: 0.9 }),
          dhash: '0000000000000000',
        })),
      )
      .execute()
    await app.db
      .insertInto('embedding')
      .values(
        rows.map(({ id, vector }) => ({
          image_id: id,
          embedder: 'clip-vit-b-32',
          vector: sql<string>`${vector}::halfvec`,
        })),
      )
      .execute()
  }
}

interface Waiting {
  readonly id: string
}

async function measure(kind: 'pglite' | 'postgres', count: number, most: number): Promise<void> {
  await using app = await startTestApp({ kind })
  const made = await app.ask(
    `mutation { projectCreate(input: { name: "Speed" }) { ... on Project { pool { id } } } }`,
  )
  const pool = (made.projectCreate as { pool: { id: string } }).pool.id
  const raw = Buffer.from(pool, 'base64').toString().split(':').at(-1)!
  await fill(app, raw, count)
  const begun = performance.now()
  const started = await app.ask(
    `mutation ($pool: ID!) { curationStart(input: { pool: $pool }) { __typename ... on Curation { id round { candidates(first: 100) { edges { node { id } } } } } ... on Error { code message } } }`,
    { pool },
  )
  const first = (performance.now() - begun) / 1_000
  const { id: curation, round } = started.curationStart as {
    id: string
    round: { candidates: { edges: { node: Waiting }[] } }
  }
  const open = round.candidates.edges.map(({ node }) => node)
  const ahead: number[] = []
  const worst: number[] = []
  const judged: number[] = []
  // What the process itself computed for the same, in all its threads: a neighbour on the machine has no part in it.
  const computed: number[] = []
  let turn = 0
  const judge = async (candidate: Waiting): Promise<void> => {
    const answer = await app.ask(recordVerdict, {
      candidate: candidate.id,
      value: (turn += 1) % 3 === 0 ? 'ACCEPT' : 'REJECT',
      id: crypto.randomUUID(),
    })
    if (answer.verdictRecord.__typename !== 'Candidate')
      throw new Error(JSON.stringify(answer.verdictRecord))
  }
  const next = async (): Promise<void> => {
    const { roundNext } = await app.ask(nextRound, { curation, id: crypto.randomUUID() })
    if (roundNext.__typename !== 'Round') throw new Error(JSON.stringify(roundNext))
    const edges = roundNext.candidates.edges as { node: Waiting }[]
    open.push(...edges.map(({ node }) => node))
  }
  const pause = (): Promise<void> => new Promise((done) => setTimeout(done, 333))
  for (let round = 0; round < 40; round += 1) {
    // As the page does: three verdicts a second, and the next round is asked for when five pictures are left.
    while (open.length > 0) {
      await pause()
      const sent = performance.now()
      const before = process.cpuUsage()
      await judge(open.shift()!)
      judged.push(performance.now() - sent)
      if (round % 4 === 0 && open.length === 5) {
        await next()
        ahead.push(performance.now() - sent)
        break
      }
      // As nobody does: the last verdict of a round, and the next round in the same breath.
      if (open.length === 0) {
        await next()
        worst.push(performance.now() - sent)
        const { user, system } = process.cpuUsage(before)
        computed.push((user + system) / 1_000)
        break
      }
    }
  }
  const add = (
    name: string,
    values: readonly number[],
    share: number,
    goal: number | null,
  ): void => {
    const value = percentile(values, share)
    measures.push({
      name: `${count} images, ${kind === 'pglite' ? 'PGlite' : 'Postgres'}: ${name}`,
      value,
      unit: 'ms',
      goal: goal === null ? null : `<= ${goal}`,
      baseline: null,
      holds: goal === null ? null : value <= goal,
    })
  }
  add('verdict sent to verdict kept, p95', judged, 95, null)
  add('verdict sent to next round known, five left as the page asks, p95', ahead, 95, null)
  add('last verdict sent to next round known, none left, p95', worst, 95, null)
  add('last verdict sent to next round known, none left, median', worst, 50, null)
  add('the same, processor time of the platform, median', computed, 50, null)
  // The page has the next picture unless the ones that it fetched ahead run out before the round comes.
  const waits = judged.map((ms) => ms)
  void waits
  void most
  measures.push({
    name: `${count} images, ${kind === 'pglite' ? 'PGlite' : 'Postgres'}: vectors read and the first round chosen`,
    value: first,
    unit: 's',
    goal: null,
    baseline: null,
    holds: null,
  })
}

const [kind = 'postgres', size = '10000'] = process.argv.slice(2)
await measure(kind as 'postgres', Number(size), Number(size) > 50_000 ? 250 : 40)
console.log(JSON.stringify(measures))
process.exit(0)
