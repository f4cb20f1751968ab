import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'

/** One figure: what was measured, the goal it is held against, and the baseline taken in the same run. */
export interface Measure {
  name: string
  value: number
  unit: string
  goal: string | null
  baseline: number | null
  /** Whether the goal holds; null where there is none. Reported, never asserted. */
  holds: boolean | null
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      encoding: 'utf8',
      cwd: import.meta.dirname,
    }).trim()
  } catch {
    return 'unknown'
  }
}

/** Prints a table and writes `test/bench/reports/<name>.json`. */
export function report(name: string, measures: readonly Measure[]): void {
  const cpu = cpus()
  const machine = `${cpu.length} x ${cpu[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
  console.log(`\n${name} (${machine})`)
  console.table(
    measures.map((measure) => ({
      measure: measure.name,
      value: Number(measure.value.toPrecision(4)),
      unit: measure.unit,
      baseline: measure.baseline === null ? '' : Number(measure.baseline.toPrecision(4)),
      goal: measure.goal ?? '',
      holds: measure.holds ?? '',
    })),
  )
  const folder = join(import.meta.dirname, 'reports')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, `${name}.json`),
    `${JSON.stringify({ machine, commit: commit(), measures }, null, 2)}\n`,
  )
}

/** The figures of `test/bench/reports/<name>.json`. */
export function reported(name: string): readonly Measure[] {
  const path = join(import.meta.dirname, 'reports', `${name}.json`)
  return (JSON.parse(readFileSync(path, 'utf8')) as { measures: Measure[] }).measures
}

/** The p-th percentile (0..100) of the values, by the nearest rank; NaN of none. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN
}
