import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A process that cannot be mistaken for another one: pids are used again, (boot, start time, pid) is not. */
export interface ProcessIdentity {
  readonly pid: number
  readonly started: string
}

const run = promisify(execFile)

/** Field 22 of /proc/<pid>/stat with the boot's id; `ps` where there is no /proc. Null: no such process. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name, which may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return null
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1')
    return { pid, started: `${boot.trim()}/${fields[19]}` }
  } catch {
    if (process.platform === 'linux') return null
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({
      stdout: '',
    }))
    return stdout.trim() === '' ? null : { pid, started: stdout.trim() }
  }
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return (await identify(process.pid))?.started === process.started
}

/** Ends a process group by its leader, if it still is that process. */
export async function killGroup(leader: ProcessIdentity): Promise<void> {
  if (!(await isAlive(leader))) return
  try {
    process.kill(-leader.pid, 'SIGKILL')
  } catch {
    // Gone between the look and the signal.
  }
}

/** Processes that work inside a folder: what a dead supervisor had no time to write down. Linux only. */
export async function processesIn(folder: string): Promise<ProcessIdentity[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const found: ProcessIdentity[] = []
  for (const pid of pids) {
    const where = await readlink(`/proc/${pid}/cwd`).catch(() => '')
    if (where !== folder && !where.startsWith(`${folder}/`)) continue
    const identity = await identify(Number(pid))
    if (identity !== null) found.push(identity)
  }
  return found
}
