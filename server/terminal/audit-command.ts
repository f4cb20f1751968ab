import { parseArgs } from 'node:util'
import { connect } from './connect.ts'
import { exitCodes } from './usage-error.ts'

interface Report {
  readonly auditCheck: {
    readonly chains: number
    readonly entries: number
    readonly faults: readonly { project: string | null; ordinal: number; message: string }[]
  }
}

const query = `{ auditCheck { chains entries faults { project ordinal message } } }`

/** `autodidact audit`: ends with 1 when an entry was changed or is missing. */
export async function auditCommand(
  args: readonly string[],
  write: (line: string) => void,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean' },
      server: { type: 'string' },
      token: { type: 'string' },
      data: { type: 'string' },
    },
  })
  await using connection = await connect({
    server: values.server ?? null,
    token: values.token ?? null,
    ...(values.data === undefined ? {} : { dataFolder: values.data }),
  })
  const { auditCheck } = await connection.wire.ask<Report>(query)
  const { chains, entries, faults } = auditCheck
  if (values.json === true) write(JSON.stringify(auditCheck))
  else {
    for (const { project, ordinal, message } of faults)
      write(`${project ?? 'installation'}, entry ${ordinal}: ${message}`)
    write(
      faults.length === 0
        ? `${entries} entries in ${chains} chains are as they were written.`
        : `${faults.length} faults in ${entries} entries of ${chains} chains.`,
    )
  }
  return faults.length === 0 ? exitCodes.done : exitCodes.refused
}
