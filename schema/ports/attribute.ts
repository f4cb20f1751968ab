import type { AttributeSettings } from '../domain/attribute.ts'
import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'

/** Person attributes: off until a person turns them on for a project, told of groups only, gone when turned off. */
export interface AttributesPort {
  of(viewer: Viewer, poolId: Id): Promise<AttributeSettings>
  turnOn(viewer: Viewer, poolId: Id): Promise<void>
  /** Deletes every value. */
  turnOff(viewer: Viewer, poolId: Id): Promise<void>
  /**
   * Takes the creator's own labels: CSV with a column `file` and one for each attribute. They replace those of the same name.
   *
   * @returns how many pictures got a value
   * @throws DomainError ILLEGAL_STATE while turned off, BAD_INPUT that names the line
   */
  import(viewer: Viewer, poolId: Id, csv: string): Promise<number>
}
