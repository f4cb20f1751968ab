/** How the platform runs here. */
export interface Platform {
  readonly version: string
  readonly database: string
  readonly executor: string
  readonly embedder: { readonly id: string; readonly why: string }
  readonly environment: {
    readonly state: 'ABSENT' | 'PREPARING' | 'READY' | 'FAILED'
    readonly progress: number
    readonly message: string
  }
  readonly notices: readonly string[]
  readonly sampleProjectId: string | null
}
