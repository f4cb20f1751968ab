import { sql, type Kysely } from 'kysely'

/** CU-08: person attributes of pictures, for groups only; there while a person has them turned on for the project. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table attribute_consent (
        project_id uuid primary key references project,
        turned_on_by uuid not null references person,
        turned_on_at timestamptz not null default now()
      )`,
    )
    .execute(db)
  // Turned off, the consent's row goes, and every value with it.
  await sql
    .raw(
      `create table image_attribute (
        project_id uuid not null references attribute_consent on delete cascade,
        image_id uuid not null references image on delete cascade,
        name text not null,
        value text not null,
        primary key (project_id, name, image_id)
      )`,
    )
    .execute(db)
}
