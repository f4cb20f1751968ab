import { gpusOf } from '#schema/domain/request.ts'
import type { Component, Spec } from '#schema/domain/spec.ts'
import type { DevicePreview, Executor } from '../executor/executor.ts'

/** What this machine has for a component, by its type and memory; for executors that cannot tell more. */
async function byCapacity(
  executor: Executor,
  { name, resources }: Component,
): Promise<DevicePreview | null> {
  const wanted = gpusOf(resources)
  if (wanted === 0) return null
  const { devices } = await executor.capacity()
  const type = resources.gpuType?.toLowerCase()
  const bytes = resources.gpuMemory?.bytes ?? 0
  const seen = devices.map((device) => {
    const why =
      type !== undefined && !device.name.toLowerCase().includes(type)
        ? `It is no ${resources.gpuType}.`
        : device.memoryBytes < bytes * 0.93
          ? `It has less than ${resources.gpuMemory!.text} of memory.`
          : ''
    return {
      node: null,
      name: `GPU ${device.index}`,
      type: device.name,
      memoryMib: Math.round(device.memoryBytes / 1024 ** 2),
      matches: why === '',
      why,
    }
  })
  const matching = seen.filter((device) => device.matches).length
  return {
    component: name,
    verdict: matching >= wanted ? 'LATER' : 'NEVER',
    sentence: `${matching} of ${devices.length} GPUs of this machine match; ${wanted} ${wanted === 1 ? 'is' : 'are'} asked for.`,
    matching,
    free: matching,
    devices: seen.slice(0, 50),
  }
}

/**
 * The devices that each component of a plan would find; null where nothing can tell, such as a cluster that does
 * not answer: that is no reason to refuse a request.
 */
export async function previewDevices(
  executor: Executor,
  spec: Spec,
  nodes: Readonly<Record<string, string>>,
): Promise<DevicePreview[] | null> {
  try {
    const previews = await Promise.all(
      spec.components.map((component) =>
        executor.preview === undefined
          ? byCapacity(executor, component)
          : executor.preview(component, nodes),
      ),
    )
    return previews.filter((preview) => preview !== null)
  } catch {
    return null
  }
}
