/** What "restricted" (Pod Security Standards, v1.36) finds wrong with a pod's spec; the rules as Kubernetes documents them. */
export function restrictedFaults(spec: any): string[] {
  const faults: string[] = []
  const fault = (text: string): void => void faults.push(text)
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'])
    if (spec[field] !== undefined && spec[field] !== false) fault(field)
  const volumes = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral']
  const allowed = [...volumes, 'persistentVolumeClaim', 'projected', 'secret']
  for (const { name: _, ...source } of spec.volumes ?? [])
    for (const kind of Object.keys(source)) if (!allowed.includes(kind)) fault(`volume ${kind}`)
  const pod = spec.securityContext ?? {}
  if ((pod.sysctls ?? []).length > 0) fault('sysctls')
  if (pod.seLinuxOptions !== undefined) fault('seLinuxOptions')
  if (pod.windowsOptions !== undefined) fault('windowsOptions')
  for (const container of [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]) {
    const own = container.securityContext ?? {}
    const at = `container ${container.name}: `
    if (own.privileged === true) fault(`${at}privileged`)
    if (own.allowPrivilegeEscalation !== false) fault(`${at}allowPrivilegeEscalation`)
    if (!(own.capabilities?.drop ?? []).includes('ALL')) fault(`${at}drops not ALL`)
    for (const added of own.capabilities?.add ?? [])
      if (added !== 'NET_BIND_SERVICE') fault(`${at}adds ${added}`)
    if ((own.runAsNonRoot ?? pod.runAsNonRoot) !== true) fault(`${at}runAsNonRoot`)
    if ((own.runAsUser ?? pod.runAsUser) === 0) fault(`${at}runAsUser`)
    const seccomp = (own.seccompProfile ?? pod.seccompProfile)?.type
    if (seccomp !== 'RuntimeDefault' && seccomp !== 'Localhost') fault(`${at}seccomp`)
    if (own.procMount !== undefined && own.procMount !== 'Default') fault(`${at}procMount`)
    for (const { hostPort = 0 } of container.ports ?? []) if (hostPort !== 0) fault(`${at}hostPort`)
    for (const handler of ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'])
      if (container[handler] !== undefined) fault(`${at}${handler}`)
  }
  return faults
}

/** Every path of a value, with `*` for places in lists and for keys that are data. */
export function pathsOf(value: unknown, data: readonly string[], at = ''): Set<string> {
  const found = new Set<string>()
  const add = (key: string, inside: unknown): void => {
    const path = at === '' ? key : `${at}.${key}`
    found.add(path)
    for (const deeper of pathsOf(inside, data, path)) found.add(deeper)
  }
  if (Array.isArray(value)) for (const item of value) add('*', item)
  else if (value !== null && typeof value === 'object')
    for (const [key, inside] of Object.entries(value)) add(data.includes(at) ? '*' : key, inside)
  return found
}
