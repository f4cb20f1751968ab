// Runs one attempt of a step in a session of its own, so that it outlives the server that started it.
// Plain JavaScript with nothing but Node: it starts in 40 ms and is all that stays if the server dies.
//
//   node supervisor.mjs <attempt folder>
//
// reads   launch.json  {command, env, folder, timeoutSeconds}
// writes  claim.json   who it is; made by link(2), which fails for the second of two supervisors
//         child.json   the process that it started
//         exit.json    how that ended, by rename: whoever sees the file sees all of it
// obeys   stop         a file: SIGTERM to the process group, SIGKILL ten seconds later
import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

const graceMs = 10_000
/** Kept free until the end, so that a full disk cannot keep us from writing how it ended. */
const reserveBytes = 16 * 1024
const fullBelowBytes = 1024 * 1024
const folder = process.argv[2]
const at = (name) => join(folder, name)
const startedAt = new Date()

/** A pid is used again; pid, start time and boot together are not. The same as in process-identity.ts. */
function identity(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return { pid, started: `${boot}/${started}` }
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
    return { pid, started: (stdout ?? '').trim() }
  }
}

function write(name, value) {
  const own = at(`${name}.${process.pid}`)
  const file = openSync(own, 'w', 0o600)
  writeSync(file, JSON.stringify(value))
  fsyncSync(file)
  closeSync(file)
  return own
}

function claim() {
  const own = write('claim.json', identity(process.pid))
  try {
    linkSync(own, at('claim.json'))
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    unlinkSync(own)
  }
}

function diskIsFull() {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize < fullBelowBytes
  } catch {
    return false
  }
}

/** A full disk must not lose the outcome: tried until it is written. */
async function end(exitCode, signal, reason, detail) {
  const diskFull = diskIsFull()
  const outcome = { exitCode, signal, reason, detail, diskFull, startedAt, endedAt: new Date() }
  for (;;) {
    try {
      rmSync(at('reserve'), { force: true })
      renameSync(write('exit.json', outcome), at('exit.json'))
      process.exit(0)
    } catch (error) {
      if (error.code === 'ENOENT') process.exit(1)
      await new Promise((done) => setTimeout(done, 2000))
    }
  }
}

if (!claim()) process.exit(0)

let reason = 'exited'
let child = null
let killing = null

function signalGroup(signal) {
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group is gone already.
  }
}

function stop(why) {
  if (killing !== null || child === null) return
  reason = why
  signalGroup('SIGTERM')
  killing = setTimeout(() => signalGroup('SIGKILL'), graceMs)
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => stop('stopped'))

if (existsSync(at('stop'))) {
  await end(null, null, 'stopped', 'stopped before it began')
}

writeFileSync(at('reserve'), Buffer.alloc(reserveBytes, 1))
const launch = JSON.parse(readFileSync(at('launch.json'), 'utf8'))
mkdirSync(at('log'), { recursive: true })
const log = openSync(at('log/output.log'), 'a')
const [command, ...rest] = launch.command
// The log is written by the process itself, so that it has no reader whose death would end it.
child = spawn(command, rest, {
  cwd: launch.folder,
  env: launch.env,
  detached: true,
  stdio: ['ignore', log, log],
})
closeSync(log)
child.once('error', (error) => void end(null, null, 'not_started', `${command}: ${error.message}`))
if (child.pid !== undefined) renameSync(write('child.json', identity(child.pid)), at('child.json'))

const watching = setInterval(() => existsSync(at('stop')) && stop('stopped'), 300)
// A timer holds 24.8 days at most.
const limit =
  launch.timeoutSeconds === null
    ? null
    : setTimeout(() => stop('time_limit'), Math.min(launch.timeoutSeconds * 1000, 2 ** 31 - 1))

child.once('exit', (code, signal) => {
  clearInterval(watching)
  clearTimeout(killing ?? undefined)
  clearTimeout(limit ?? undefined)
  // What it left behind in its group must not go on writing.
  signalGroup('SIGKILL')
  void end(code, signal, reason, '')
})
