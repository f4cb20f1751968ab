import { sql, type Kysely } from 'kysely'

/** CU-07: several reviewers (a round has its person, some pictures come twice on purpose), and the way of choosing. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    "alter table curation add column strategy text not null default 'blend'",
    'alter table round add column person_id uuid references person',
    // A verdict that ends a disagreement.
    'alter table verdict add column settles boolean not null default false',
    'create index verdict_image on verdict (curation_id, image_id, ordinal)',
  ])
    await sql.raw(statement).execute(db)
}
