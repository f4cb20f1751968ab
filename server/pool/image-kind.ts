import { open } from 'node:fs/promises'

export type FileKind =
  | 'png'
  | 'jpeg'
  | 'webp'
  | 'gif'
  | 'tiff'
  | 'avif'
  | 'heic'
  | 'bmp'
  | 'svg'
  | 'zip'
  | 'pdf'
  | 'text'
  | 'empty'
  | 'unknown'

/** What a file is by its first bytes; names lie. */
export async function fileKind(path: string): Promise<FileKind> {
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0)
    return kindOfBytes(buffer.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}

export function kindOfBytes(head: Uint8Array): FileKind {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  const starts = (text: string, at = 0): boolean =>
    bytes.subarray(at, at + text.length).toString('latin1') === text
  if (bytes.length === 0) return 'empty'
  if (starts('\x89PNG\r\n\x1a\n')) return 'png'
  if (starts('\xff\xd8\xff')) return 'jpeg'
  if (starts('RIFF') && starts('WEBP', 8)) return 'webp'
  if (starts('GIF87a') || starts('GIF89a')) return 'gif'
  if (starts('II*\0') || starts('MM\0*') || starts('II+\0') || starts('MM\0+')) return 'tiff'
  if (starts('ftyp', 4)) return brandOf(bytes)
  if (starts('PK\x03\x04') || starts('PK\x05\x06') || starts('PK\x07\x08')) return 'zip'
  if (starts('%PDF-')) return 'pdf'
  if (starts('BM') && bytes.length > 26 && bytes.readUInt32LE(14) <= 124) return 'bmp'
  return textKind(bytes)
}

function brandOf(bytes: Buffer): FileKind {
  const brands = bytes.subarray(8, 64).toString('latin1')
  if (/avif|avis/.test(brands)) return 'avif'
  if (/heic|heix|hevc|heim|heis|mif1|msf1/.test(brands)) return 'heic'
  return 'unknown'
}

function textKind(bytes: Buffer): FileKind {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  // UTF-16 holds a zero beside each Latin letter: without them it reads like Latin text.
  const text = wide ? bytes.toString('latin1').replaceAll('\0', '') : bytes.toString('utf8')
  if (/<svg[\s>]/i.test(text) || /<!DOCTYPE\s+svg/i.test(text)) return 'svg'
  if (wide) return 'text'
  if (bytes.includes(0)) return 'unknown'
  let odd = 0
  for (const byte of bytes) if (byte < 9 || (byte > 13 && byte < 32)) odd += 1
  const broken = text.replace(/�{1,3}$/, '').split('�').length - 1
  return odd === 0 && broken <= bytes.length / 50 ? 'text' : 'unknown'
}
