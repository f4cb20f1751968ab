/** Apart from the command, which loads the whole platform. */
export const auditHelp = `autodidact audit [--json]               compares the record of every action with its hashes: changed or missing ones are named`
