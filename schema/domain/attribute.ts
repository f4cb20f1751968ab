/** Whether a project keeps person attributes of its pictures, and which; never what a picture's are. */
export interface AttributeSettings {
  readonly on: boolean
  readonly names: readonly string[]
}

/** Representation of each value of one attribute in a set; groups of five pictures and more only. */
export interface AttributeShares {
  readonly name: string
  readonly values: readonly {
    readonly value: string
    readonly pool: number
    /** Share of the set over share of the pool; flagged under 0.8. */
    readonly ratio: number
    readonly flagged: boolean
  }[]
  /** Values that are not told, because too few pictures have them. */
  readonly hidden: number
}
