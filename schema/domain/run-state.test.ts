import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { DomainError } from './errors.ts'
import {
  attemptTransitions,
  canMove,
  isFinal,
  move,
  readiness,
  requestTransitions,
  runOutcome,
  runTransitions,
  stepTransitions,
  type StepState,
  type Transitions,
} from './run-state.ts'

const tables: readonly [string, Transitions<string>][] = [
  ['request', requestTransitions],
  ['run', runTransitions],
  ['step', stepTransitions],
  ['attempt', attemptTransitions],
]

describe.each(tables)('SC-03 the states of a %s', (noun, table) => {
  const states = Object.keys(table)
  const state = fc.constantFrom(...states)

  it('allows what the table says and refuses the rest with ILLEGAL_STATE and both states', () => {
    fc.assert(
      fc.property(state, state, (from, to) => {
        if (canMove(table, from, to)) return move(table, noun, from, to) === to
        try {
          move(table, noun, from, to)
          return false
        } catch (error) {
          return (
            error instanceof DomainError &&
            error.code === 'ILLEGAL_STATE' &&
            error.facts['from'] === from &&
            error.facts['to'] === to
          )
        }
      }),
    )
  })

  it('never leaves a final state, whatever is asked of it in whatever order', () => {
    fc.assert(
      fc.property(fc.array(state, { maxLength: 30 }), (asked) => {
        let now = states[0]!
        let ended: string | null = null
        for (const to of asked) {
          if (canMove(table, now, to)) now = move(table, noun, now, to)
          if (ended !== null && now !== ended) return false
          if (isFinal(table, now)) ended = now
        }
        return true
      }),
    )
  })

  it('reaches every state from the first, and from every state an end', () => {
    const reach = (from: string): Set<string> => {
      const seen = new Set([from])
      for (const at of seen) for (const to of table[at] ?? []) seen.add(to)
      return seen
    }
    expect([...reach(states[0]!)].sort()).toEqual([...states].sort())
    for (const from of states) {
      expect([...reach(from)].some((to) => isFinal(table, to))).toBe(true)
    }
  })
})

describe('SC-03 steps and their run', () => {
  const stepState = fc.constantFrom(...(Object.keys(stepTransitions) as StepState[]))

  it('ends a run exactly when all its steps have ended, well only if all did', () => {
    fc.assert(
      fc.property(fc.array(stepState, { minLength: 1, maxLength: 8 }), (states) => {
        const outcome = runOutcome(states)
        const open = states.some((state) => ['PENDING', 'READY', 'RUNNING'].includes(state))
        if (open) return outcome === null
        const well = states.every((state) => state === 'SUCCEEDED' || state === 'CACHED')
        return outcome === (well ? 'SUCCEEDED' : 'FAILED')
      }),
    )
  })

  it('never leaves a step waiting for dependencies that have all ended', () => {
    fc.assert(
      fc.property(fc.array(stepState, { maxLength: 8 }), (states) => {
        const ended = states.every((state) => isFinal(stepTransitions, state))
        return !ended || readiness(states) !== null
      }),
    )
    expect(readiness([])).toBe('READY')
    expect(readiness(['SUCCEEDED', 'FAILED'])).toBe('SKIPPED')
    expect(readiness(['SUCCEEDED', 'RUNNING'])).toBeNull()
  })
})
