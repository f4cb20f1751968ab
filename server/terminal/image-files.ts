import { lstat, readdir, stat } from 'node:fs/promises'
import { basename, join, matchesGlob, relative, sep } from 'node:path'
import { UsageError } from './usage-error.ts'

/** A file to offer to a pool; `name` is what the pool will call it. */
export interface LocalFile {
  readonly path: string
  readonly name: string
  readonly bytes: number
}

const skipped = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini', '__MACOSX'])

/**
 * All files of a folder and its folders, or the one file (a picture or a zip). Every kind is offered: the pool's
 * account says why one is not used. Links are not followed out of the folder.
 *
 * @throws UsageError when there is nothing there
 */
export async function imageFiles(place: string): Promise<LocalFile[]> {
  const found = await stat(place).catch(() => null)
  if (found === null) {
    throw new UsageError(
      `There is no folder or file ${place}: give --images the folder with your pictures.`,
    )
  }
  if (found.isFile()) return [{ path: place, name: basename(place), bytes: found.size }]
  const files: LocalFile[] = []
  const walk = async (folder: string): Promise<void> => {
    const names = await readdir(folder)
    names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    for (const name of names) {
      if (skipped.has(name) || name.startsWith('.')) continue
      const path = join(folder, name)
      const about = await lstat(path)
      if (about.isDirectory()) await walk(path)
      else if (about.isFile()) {
        files.push({ path, name: relative(place, path).split(sep).join('/'), bytes: about.size })
      }
    }
  }
  await walk(place)
  if (files.length === 0) {
    throw new UsageError(
      `The folder ${place} holds no files: put your pictures there, or name another folder.`,
    )
  }
  return files
}

/** Groups of files that go in one request each: enough to be quick, little enough to show progress. */
export function groupsOf(
  files: readonly LocalFile[],
  limits = { files: 16, bytes: 64_000_000 },
): LocalFile[][] {
  const groups: LocalFile[][] = []
  let bytes = 0
  for (const file of files) {
    const last = groups.at(-1)
    if (last === undefined || last.length >= limits.files || bytes + file.bytes > limits.bytes) {
      groups.push([file])
      bytes = file.bytes
    } else {
      last.push(file)
      bytes += file.bytes
    }
  }
  return groups
}

/** Whether a file's name, or its path below the folder, is what the pattern means. */
export function named(pattern: string, name: string): boolean {
  return matchesGlob(name, pattern) || matchesGlob(basename(name), pattern)
}
