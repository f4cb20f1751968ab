/** How a captioner answered questions about what is in a project's pictures and what is not. */
export interface CaptionerScore {
  readonly asked: number
  readonly right: number
  /** Share of the absent things that it said are there: what it would invent. */
  readonly invented: number
  /** Share of the things in the picture that it did not see. */
  readonly missed: number
  /** Answers that were neither yes nor no. */
  readonly unclear: number
  readonly usable: boolean
}

export interface CaptionerReport extends CaptionerScore {
  readonly model: string
  readonly at: Date
}

/** What a change of many captions did. */
export interface CaptionsChange {
  readonly poolId: string
  readonly changed: number
  /** Pictures that got none, each with the reason. */
  readonly refused: readonly { readonly imageId: string; readonly message: string }[]
}
