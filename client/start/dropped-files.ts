async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    return new Promise((done) =>
      (entry as FileSystemFileEntry).file(
        (file) => done([file]),
        () => done([]),
      ),
    )
  }
  if (!entry.isDirectory) return []
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: File[] = []
  for (;;) {
    // A reader gives at most 100 entries at a time.
    const part = await new Promise<FileSystemEntry[]>((done) =>
      reader.readEntries(done, () => done([])),
    )
    if (part.length === 0) return found
    for (const child of part) found.push(...(await filesOf(child)))
  }
}

/** The files of a drop, folders opened. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const loose = [...transfer.files]
  // The entries must be taken before the first await: the browser empties the transfer.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null)
  const known = entries.filter((entry) => entry !== null)
  if (known.length === 0) return loose
  return (await Promise.all(known.map(filesOf))).flat()
}
