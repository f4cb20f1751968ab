import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Component } from '#schema/domain/spec.ts'

const pattern = /^autodidact\/([a-z0-9][a-z0-9-]*)$/

/** The folder under deploy/components that an image `autodidact/<component>` stands for, or null. */
export function componentFolder(root: string, image: Component['image']): string | null {
  const match = pattern.exec(image.registry)
  if (match === null) return null
  const folder = join(root, match[1]!.replaceAll('-', '_'))
  return existsSync(join(folder, 'main.py')) ? folder : null
}

/** Why the image cannot run as a process here, or null. */
export function refuseImage(root: string, component: Component): string | null {
  if (component.command !== undefined) {
    return `The component "${component.name}" sets a command of its own, which only runs in a container: leave it away to run on this machine.`
  }
  if (componentFolder(root, component.image) !== null) return null
  const image = `${component.image.registry}:${component.image.tag}`
  return `The component "${component.name}" asks for the image ${image}, which cannot run on this machine without a cluster: only autodidact/<component> images can.`
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes(`${sep}__pycache__${sep}`) && !path.endsWith('.pyc'))
}

/**
 * sha256 over a component's folder, the code that the components share (`common/`), and the lock of their environment:
 * the local stand-in for an image digest (design 05).
 */
export async function componentDigest(
  root: string,
  component: Component,
  lockHash: string,
): Promise<string> {
  const folder = componentFolder(root, component.image)
  if (folder === null) throw new Error(`no component for ${component.image.registry}`)
  const files = [...(await filesUnder(folder)), ...(await filesUnder(join(root, 'common')))]
  const hash = createHash('sha256')
  for (const file of files.sort()) {
    const content = createHash('sha256').update(await readFile(file))
    hash.update(`${relative(root, file).split(sep).join('/')}\0${content.digest('hex')}\n`)
  }
  hash.update(`tag\0${component.image.tag}\nlock\0${lockHash}\n`)
  return `sha256:${hash.digest('hex')}`
}
