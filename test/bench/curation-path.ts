// Run by curation.ts: what the page waits for, over HTTP, GraphQL and the database. Prints its measures as JSON.
import { performance } from 'node:perf_hooks'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../harness/app.ts'
import { stream } from './curation-tasks.ts'
import { percentile, type Measure } from './report.ts'

const dim = 512
/** Twenty rounds to their last picture, ten that are asked for ahead. */
const rounds = 30
/** Five verdicts a second; the browser test's reader says three. */
const pauseMs = 200
const measures: Measure[] = []

const recordVerdict = `mutation ($candidate: ID!, $value: VerdictValue!, $id: String!) {
  verdictRecord(input: { id: $id, candidate: $candidate, value: $value, milliseconds: 300 }) {
    __typename ... on Candidate { id } ... on Error { code message } } }`
const nextRound = `mutation ($curation: ID!, $id: String!) {
  roundNext(input: { id: $id, curation: $curation }) {
    __typename ... on Round { id ordinal candidates(first: 100) { edges { node {
      id image { id url thumbnailUrl fileName sees } partner { url fileName } reason { kind text key params terms } } } } }
    ... on Error { code message } } }`

// Every number that a vector can have, as text: to print 51 million of them would be most of the bench.
const steps = 512
const printed = Array.from({ length: steps }, (_, step) => ((step - steps / 2) / 256).toFixed(3))

/** Pictures about 60 centres, written straight into the tables: nobody uploads 100,000 files for a bench. */
async function fill(app: TestApp, poolId: string, count: number): Promise<void> {
  const random = stream(count)
  const centres = Float32Array.from({ length: 60 * dim }, () => 100 * (random() - 0.5))
  await app.db
    .updateTable('pool')
    .set({ embedder: 'clip-vit-b-32', embedding_state: 'DONE' })
    .where('id', '=', poolId)
    .execute()
  const at = 1_000
  for (let from = 0; from < count; from += at) {
    const rows = Array.from({ length: Math.min(at, count - from) }, (_, index) => {
      const key = (from + index).toString(16).padStart(12, '0')
      const centre = Math.floor(random() * 60) * dim
      let vector = '['
      for (let axis = 0; axis < dim; axis += 1) {
        if (axis > 0) vector += ','
        vector += printed[Math.floor(centres[centre + axis]! + 80 * (random() - 0.5)) + steps / 2]!
      }
      return { id: `00000000-0000-7000-8000-${key}`, vector: `${vector}]` }
    })
    const ids = rows.map(({ id }) => id)
    const vectors = rows.map(({ vector }) => vector)
    // One statement of two arrays for each thousand: a thousand parameters for each would be parsed for longer than it runs.
    await sql`insert into image (id, pool_id, sha256, blob_sha256, thumbnail_sha256, file_name, format, width, height, bytes, measures, dhash)
      select id, ${poolId}::uuid, id::text, repeat('0', 64), repeat('0', 64), id::text || '.png', 'png', 512, 512, 1,
        '{"quality": 0.9}', repeat('0', 16) from unnest(${ids}::uuid[]) as id`.execute(app.db)
    await sql`insert into embedding (image_id, embedder, vector)
      select id, 'clip-vit-b-32', vector::halfvec from unnest(${ids}::uuid[], ${vectors}::text[]) as row (id, vector)`.execute(
      app.db,
    )
  }
  // As autovacuum does on a platform that runs for longer than a bench.
  await sql`analyze image, embedding`.execute(app.db)
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
  const filling = performance.now()
  await fill(app, raw, count)
  const filled = (performance.now() - filling) / 1_000
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
  const pause = (): Promise<void> => new Promise((done) => setTimeout(done, pauseMs))
  for (let round = 0; round < rounds; round += 1) {
    // As the page does, and faster than anybody judges: the next round is asked for when five pictures are left.
    while (open.length > 0) {
      await pause()
      const sent = performance.now()
      const before = process.cpuUsage()
      await judge(open.shift()!)
      judged.push(performance.now() - sent)
      if (round % 3 === 0 && open.length === 5) {
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
  add('verdict sent to next round known, five left as the page asks, p95', ahead, 95, most)
  add('last verdict sent to next round known, none left, p95', worst, 95, most)
  add('last verdict sent to next round known, none left, median', worst, 50, null)
  add('the same, processor time of platform and client, p95', computed, 95, most)
  add('the same, processor time of platform and client, median', computed, 50, null)
  console.error(
    `${kind}, ${count} images: ${filled.toFixed(1)} s to fill, ${first.toFixed(1)} s to the first round, ${((performance.now() - begun) / 1_000 - first).toFixed(1)} s of review`,
  )
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
