/** How a captioner answered questions about what is in a project's pictures and what is not. */
export interface CaptionerReport {
  readonly model: string
  readonly asked: number
  readonly right: number
  /** Share of the absent things that it said are there. */
  readonly invented: number
  readonly missed: number
  readonly unclear: number
  readonly usable: boolean
  readonly at: Date
}

/** What a change of many captions did. */
export interface CaptionsChange {
  readonly poolId: string
  readonly changed: number
  /** Pictures that got none, each with the reason. */
  readonly refused: readonly { readonly imageId: string; readonly message: string }[]
}
