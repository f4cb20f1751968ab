import { describe, expect, it } from 'vitest'
import { playKills } from './kills.ts'

/** A few here; hundreds in `npm run soak kubernetes`. */
const kills = Number(process.env['KILLS'] ?? 10)

describe.skipIf(process.env['KUBECONFIG'] === undefined)('P1 P2 kill -9 on a real cluster', () => {
  it(
    `${kills} kills at named points and at random, behind an API that fails: none doubled, lost or stuck`,
    { timeout: 120_000 + kills * 15_000 },
    async () => {
      const { doubled, lost, stuck, ...played } = await playKills(kills, 20261121)
      console.log(JSON.stringify(played))
      expect({ doubled, lost, stuck }).toEqual({ doubled: [], lost: [], stuck: [] })
      expect(played.kills).toBe(kills)
      expect(played.faults).toBeGreaterThan(kills / 2)
    },
  )
})
