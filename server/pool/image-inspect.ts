import { randomUUID } from 'node:crypto'
import { statfs, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Metadata, type Sharp } from 'sharp'
import { hashFile } from '../store/hash-file.ts'
import { storageError } from '../store/storage-full.ts'
import { fileKind, type FileKind } from './image-kind.ts'
import { measureImage, type ImageMeasures } from './image-measures.ts'

export interface ImageLimits {
  /** Width x height that is still decoded. */
  readonly pixels: number
  /** A shorter side under this many pixels is too small to learn from. */
  readonly minimumSide: number
  /** `sharpness` under this is blurred. */
  readonly minimumSharpness: number
  readonly thumbnailSide: number
}

export const imageLimits: ImageLimits = {
  pixels: 50_000_000,
  minimumSide: 64,
  minimumSharpness: 40,
  thumbnailSide: 256,
}

export interface MadeFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** A picture that was read. TOO_SMALL and BLURRED are set aside but kept, for "use anyway". */
export interface ImageAccount {
  readonly outcome: 'STORED' | 'TOO_SMALL' | 'BLURRED'
  readonly message: string
  readonly width: number
  readonly height: number
  readonly format: 'png' | 'jpeg' | 'webp'
  readonly measures: Record<string, number>
  readonly dhash: string
  readonly normalised: MadeFile
  readonly thumbnail: MadeFile
}

export interface RefusedAccount {
  readonly outcome: 'BROKEN' | 'UNSUPPORTED' | 'TOO_LARGE'
  readonly message: string
  readonly width: number | null
  readonly height: number | null
  readonly format: string | null
}

export type Inspection = ImageAccount | RefusedAccount

const readable = new Set<FileKind>(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'])

/**
 * Looks at an uploaded file, makes the picture that is kept (upright, no EXIF or GPS, sRGB, no transparency) and its
 * thumbnail in `into`. A bad picture is an account, never an exception.
 */
export async function inspectImage(
  path: string,
  options: {
    into: string
    fileName?: string
    limits?: Partial<ImageLimits>
    signal?: AbortSignal
  },
): Promise<Inspection> {
  const limits = { ...imageLimits, ...options.limits }
  options.signal?.throwIfAborted()
  const kind = await fileKind(path)
  if (!readable.has(kind)) return refuse(kind)
  const made: string[] = []
  try {
    return await take(
      () => {
        options.signal?.throwIfAborted()
        return next()
      },
      path,
      kind,
      limits,
    )
  } catch (error) {
    await Promise.all(made.map((file) => unlink(file).catch(() => undefined)))
    options.signal?.throwIfAborted()
    const told = storageError(error)
    if (told !== error) throw told
    if (await isFull(error, options.into))
      throw storageError(Object.assign(new Error(), { code: 'ENOSPC' }))
    return broken(error, kind)
  }

  function next(): string {
    const file = join(options.into, `image-${randomUUID()}`)
    made.push(file)
    return file
  }
}

async function take(
  newFile: () => string,
  path: string,
  kind: FileKind,
  limits: ImageLimits,
): Promise<Inspection> {
  // Only the header is read here: a small file that unpacks to gigabytes is refused before it is decoded.
  const header = await sharp(path, { limitInputPixels: false, failOn: 'none' }).metadata()
  const width = header.width
  const height = header.pageHeight ?? header.height
  if (width * height > limits.pixels)
    return {
      outcome: 'TOO_LARGE',
      message: `This picture has ${width} x ${height} pixels; up to ${limits.pixels / 1e6} million are taken. Make it smaller, then add it again.`,
      width,
      height,
      format: kind,
    }
  const format = keptFormat(kind, header)
  // 'truncated': half a picture is broken. A mere warning of the decoder is not.
  const upright = sharp(path, {
    failOn: 'truncated',
    limitInputPixels: limits.pixels,
    pages: 1,
    sequentialRead: false,
  })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
  const file = newFile()
  const written = await encode(upright, format).toFile(file)
  const kept = sharp(file, { limitInputPixels: limits.pixels })
  const { measures, dhash } = await measureImage(kept, written.width, written.height)
  const thumbnail = newFile()
  await kept
    .clone()
    .resize(limits.thumbnailSide, limits.thumbnailSide, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 80 })
    .toFile(thumbnail)
  return {
    ...judge(measures, written.width, written.height, limits),
    width: written.width,
    height: written.height,
    format,
    measures: { ...measures },
    dhash,
    normalised: { path: file, ...(await hashFile(file)) },
    thumbnail: { path: thumbnail, ...(await hashFile(thumbnail)) },
  }
}

function keptFormat(kind: FileKind, header: Metadata): 'png' | 'jpeg' | 'webp' {
  if (kind === 'jpeg') return 'jpeg'
  if (kind === 'webp') return 'webp'
  // AVIF is lossy already: as PNG it would only grow.
  if (kind === 'avif' && !header.hasAlpha) return 'jpeg'
  return 'png'
}

function encode(image: Sharp, format: 'png' | 'jpeg' | 'webp'): Sharp {
  if (format === 'png') return image.png({ compressionLevel: 6 })
  if (format === 'webp') return image.webp({ quality: 95, effort: 2 })
  return image.jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
}

function judge(
  measures: ImageMeasures,
  width: number,
  height: number,
  limits: ImageLimits,
): { outcome: ImageAccount['outcome']; message: string } {
  if (Math.min(width, height) < limits.minimumSide)
    return {
      outcome: 'TOO_SMALL',
      message: `Only ${width} x ${height} pixels: too small to learn from (${limits.minimumSide} at the shorter side at least).`,
    }
  if (measures.sharpness < limits.minimumSharpness)
    return {
      outcome: 'BLURRED',
      message:
        measures.contrast < 0.02
          ? 'Nearly one single colour: there is nothing to learn from it.'
          : 'Blurred: no part of this picture is sharp.',
    }
  return { outcome: 'STORED', message: '' }
}

const sentences: Partial<Record<FileKind, string>> = {
  empty: 'This file is empty (0 bytes).',
  text: 'This is a text file, not a picture, whatever its name says.',
  svg: 'SVG drawings are not taken: save it as PNG, then add it again.',
  heic: 'HEIC pictures cannot be read here: save it as JPEG, then add it again.',
  bmp: 'BMP pictures cannot be read here: save it as PNG, then add it again.',
  pdf: 'This is a PDF document, not a picture.',
  zip: 'This is a zip file, not a picture; as a zip it must end in .zip and must not lie in another zip.',
}

function refuse(kind: FileKind): RefusedAccount {
  return {
    outcome: kind === 'empty' ? 'BROKEN' : 'UNSUPPORTED',
    message: sentences[kind] ?? 'This is not a picture that can be read here (PNG, JPEG or WebP).',
    width: null,
    height: null,
    format: kind === 'unknown' || kind === 'empty' ? null : kind,
  }
}

function broken(error: unknown, kind: FileKind): RefusedAccount {
  const text = error instanceof Error ? error.message : ''
  const cut = /truncat|premature|ends? (too )?early|end of/i.test(text)
  return {
    outcome: 'BROKEN',
    message: cut
      ? 'This picture is cut off: the file ends before the picture does. Copy or export it again.'
      : 'This picture is damaged and cannot be read. Copy or export it again.',
    width: null,
    height: null,
    format: kind,
  }
}

// libvips tells of a full disk in words only, and not always in these.
async function isFull(error: unknown, folder: string): Promise<boolean> {
  if (error instanceof Error && /no space left|quota/i.test(error.message)) return true
  const space = await statfs(folder).catch(() => null)
  return space !== null && space.bavail * space.bsize < 1024 * 1024
}
