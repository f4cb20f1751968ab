import { loadavg } from 'node:os'
import { sql } from 'kysely'
import { openDatabase, type Db } from '#server/db/pool.ts'
import { databaseKinds, makeTestDatabase } from '#test/harness/database.ts'
import { Machine, makeBoard, trainerSpec } from '#test/queue/board.ts'
import { percentile, report, type Measure } from './report.ts'

const deep = 100_000
const rounds = 300

/** So many waiting runs of 200 projects, in three priorities, each asking for one GPU. */
async function fill(
  db: Db,
  projects: readonly string[],
  person: string,
  spec: string,
): Promise<void> {
  const list = sql.join(projects.map((id) => sql`${id}::uuid`))
  await sql`create temporary table made as select gen_random_uuid() as request_id, gen_random_uuid() as run_id, n,
    (array[${list}])[1 + n % ${projects.length}] as project_id from generate_series(1, ${deep}) n`.execute(
    db,
  )
  await sql`insert into request (id, project_id, spec_id, spec_hash, state, priority, resources, created_by)
    select request_id, project_id, ${spec}, '', 'APPROVED', 'NORMAL', '{}', ${person} from made`.execute(
    db,
  )
  await sql`insert into run (id, project_id, request_id, spec_id, state, priority, fair_tag, seed, created_by, gpus, demand)
    select run_id, project_id, request_id, ${spec}, 'WAITING', 1 + n % 3, n / ${projects.length}, 1, ${person}, 1,
      '{"cores":1,"memoryBytes":0,"devices":[{"count":1,"type":null,"memoryBytes":null}]}' from made`.execute(
    db,
  )
  // As the database's own vacuum does within a minute, and the engine on PGlite, which has none.
  await sql`vacuum analyze run`.execute(db)
  await sql`analyze request`.execute(db)
}

async function timed(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < count; round += 1) {
    const begun = performance.now()
    await work()
    times.push(performance.now() - begun)
  }
  return times
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Taking the next run, moving one, and reading pages of a queue that is 100,000 deep. */
export async function queue(): Promise<void> {
  const measures: Measure[] = []
  for (const kind of databaseKinds) {
    await using test = await makeTestDatabase(kind)
    await using database = await openDatabase(
      test.config.kind === 'postgres' ? { ...test.config, poolSize: 1 } : test.config,
    )
    const gpus = Array.from({ length: 64 }, () => ({ name: 'NVIDIA A100', gigabytes: 80 }))
    const board = await makeBoard(database, new Machine(gpus))
    const { db } = database
    const me = await board.person()
    const projects: string[] = []
    for (let index = 0; index < 200; index += 1) projects.push(await board.project(me))
    const spec = await board.spec(me, projects[0]!, trainerSpec({ gpus: 1 }))
    await fill(db, projects, me.id, spec)
    // A busy machine: one ends, one starts.
    const running: string[] = []
    for (let index = 0; index < 63; index += 1) running.push((await board.start())!)
    const dequeue: number[] = []
    const bare: number[] = []
    const spent: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const begun = performance.now()
      const used = cpuMs()
      running.push((await board.start())!)
      spent.push(cpuMs() - used)
      dequeue.push(performance.now() - begun)
      await board.end(running.shift()!)
      // What any queue in SQL does at least, in the same moment: the first row, locked and marked.
      const once = performance.now()
      await db.transaction().execute(async (trx) => {
        const { rows } = await sql<{ id: string }>`select id from run where state = 'WAITING'
          order by priority desc, rank, fair_tag, id limit 1 for update skip locked`.execute(trx)
        await sql`update run set state = 'CANCELLED', ended_at = now() where id = ${rows[0]!.id}`.execute(
          trx,
        )
      })
      bare.push(performance.now() - once)
    }
    const full = (await board.start())!
    const nothing: number[] = []
    const barePeek: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      nothing.push(...(await timed(1, () => board.start())))
      barePeek.push(
        ...(await timed(1, () =>
          sql`select id, demand from run where state = 'WAITING' order by priority desc, rank, fair_tag, id limit 64`.execute(
            db,
          ),
        )),
      )
    }
    await board.end(full)
    await board.ports.queue.setQuota(board.administrator, {
      projectId: projects[0]!,
      personId: null,
      gpus: 0,
      gpuHours: 1_000,
      share: null,
    })
    const quota: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const begun = performance.now()
      running.push((await board.start())!)
      quota.push(performance.now() - begun)
      await board.end(running.shift()!)
    }
    // What a plain list does: so many rows from a place that it counts to.
    const bareList = (offset: number) =>
      sql`select run.id, spec.name, project.name, person.name, request.caps from (
          select * from run where state = 'WAITING' order by priority desc, rank, fair_tag, id limit 50 offset ${offset}
        ) run join request on request.id = run.request_id join spec on spec.id = run.spec_id
        join project on project.id = run.project_id join person on person.id = run.created_by`.execute(
        db,
      )
    const page: number[] = []
    const late: number[] = []
    const barePage: number[] = []
    const bareLate: number[] = []
    const middle = await db
      .selectFrom('run')
      .select('id')
      .where('state', '=', 'WAITING')
      .where('priority', '=', 2)
      .orderBy('fair_tag')
      .offset(Math.floor(deep / 6))
      .limit(1)
      .executeTakeFirstOrThrow()
    const list = (after: string | null) =>
      board.ports.queue.list(board.administrator, { first: 50, after, queue: null })
    for (let round = 0; round < 100; round += 1) {
      page.push(...(await timed(1, () => list(null))))
      barePage.push(...(await timed(1, () => bareList(0))))
      late.push(...(await timed(1, () => list(middle.id))))
      bareLate.push(...(await timed(1, () => bareList(deep / 2))))
    }
    const top = await timed(40, async () => {
      const { nodes } = await board.ports.queue.list(board.administrator, {
        first: 2,
        after: null,
        queue: null,
      })
      await board.ports.queue.move(board.administrator, nodes[1]!.runId, nodes[0]!.runId)
    })
    const name = (what: string) => `${what}, ${deep / 1000} k deep, ${kind}`
    const add = (
      what: string,
      times: number[],
      p: number,
      goal: number | null,
      baseline: number[] | null,
    ) => {
      const value = percentile(times, p)
      measures.push({
        name: name(what),
        value,
        unit: 'ms',
        goal: goal === null ? null : `<= ${goal}`,
        baseline: baseline === null ? null : percentile(baseline, p),
        holds: goal === null ? null : value <= goal,
      })
    }
    add('dequeue p50', dequeue, 50, null, bare)
    add('dequeue p99', dequeue, 99, 20, bare)
    // All work of PGlite is this process's own: its CPU time tells what a quiet machine would take.
    if (kind === 'pglite') add('dequeue p99, CPU time alone', spent, 99, 20, null)
    add('dequeue with quotas p50', quota, 50, null, bare)
    add('dequeue with quotas p99', quota, 99, 20, bare)
    add('nothing fits p99', nothing, 99, 20, barePeek)
    add('first page of 50 p95', page, 95, 100, barePage)
    add('page of 50 in the middle p95', late, 95, 100, bareLate)
    add('move to the head p95', top, 95, 100, null)
  }
  measures.push({
    name: 'work that waited for the two cores meanwhile (load average)',
    value: loadavg()[1]!,
    unit: 'processes',
    goal: null,
    baseline: null,
    holds: null,
  })
  report('queue', measures)
}
