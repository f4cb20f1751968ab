import { describe, expect, it } from 'vitest'
import { observeJob } from '#server/executor/kubernetes/job-status.ts'
import { classifyExit } from '#server/run/failure.ts'

const at = '2026-11-21T10:00:00Z'
const job = {
  metadata: { name: 'ad-x', namespace: 'x', uid: 'u', creationTimestamp: at },
  status: {
    conditions: [
      { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: at },
    ],
  },
}
const evicted = (message: string, conditions: object[] = []) => ({
  metadata: { name: 'ad-x-1', namespace: 'x', uid: 'p', creationTimestamp: at },
  status: { phase: 'Failed', reason: 'Evicted', message, conditions },
})

describe('SC-08 a pod that the kubelet ended for its disk', () => {
  // The kubelet's own words, of pkg/kubelet/eviction/helpers.go.
  it.each([
    ['Usage of EmptyDir volume "work" exceeds the limit "16Mi". ', 'DISK_FULL', 'user'],
    [
      'Pod ephemeral local storage usage exceeds the total limit of containers 16Mi. ',
      'DISK_FULL',
      'user',
    ],
    ['Container step exceeded its local ephemeral storage limit "16Mi". ', 'DISK_FULL', 'user'],
    // The node's own disk is short, by whomever: another node may have room.
    [
      'The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi, available: 9Mi. ',
      'EVICTED',
      'infrastructure',
    ],
  ])('%s', (message, code, fault) => {
    const seen = observeJob(job, [evicted(message) as never], new Date(at))
    if (seen.state !== 'ended') throw new Error(seen.state)
    const verdict = classifyExit('trainer', seen.exit, '')
    expect(verdict).toMatchObject({ fault, failure: { code } })
    expect(verdict.failure.cause).toContain(message.trim().slice(0, 30))
  })
})
