import type { Sharp } from 'sharp'

/** What is measured of each picture; higher `quality` is better, 0 to 1. */
export interface ImageMeasures {
  /** Variance of the Laplacian of the picture at 512 pixels; low is blurred. */
  readonly blur: number
  /** The same of its sharpest tenth: a sharp subject before a soft background is sharp. */
  readonly sharpness: number
  /** Mean brightness, 0 to 1. */
  readonly brightness: number
  /** 1 is well lit; 0 is black or white all over. */
  readonly exposure: number
  readonly contrast: number
  /** Bits of the grey values, 0 to 8. */
  readonly entropy: number
  /** Short side over long side. */
  readonly aspect: number
  readonly megapixels: number
  readonly quality: number
}

const longSide = 512

/** Measures and the difference hash of an upright picture. */
export async function measureImage(
  image: Sharp,
  width: number,
  height: number,
): Promise<{ measures: ImageMeasures; dhash: string }> {
  const grey = await image
    .clone()
    .resize(longSide, longSide, { fit: 'inside', withoutEnlargement: true })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const small = await image
    .clone()
    .resize(9, 8, { fit: 'fill', kernel: 'cubic' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const step = grey.info.channels
  const pixels = step === 1 ? grey.data : grey.data.filter((_, index) => index % step === 0)
  return {
    measures: measuresOf(pixels, grey.info.width, grey.info.height, width, height),
    dhash: differenceHash(small.data, small.info.channels),
  }
}

function measuresOf(
  pixels: Uint8Array,
  wide: number,
  high: number,
  width: number,
  height: number,
): ImageMeasures {
  const histogram = new Float64Array(256)
  for (const value of pixels) histogram[value] = histogram[value]! + 1
  let mean = 0
  let square = 0
  let entropy = 0
  histogram.forEach((count, value) => {
    const share = count / pixels.length
    mean += share * value
    square += share * value * value
    if (share > 0) entropy -= share * Math.log2(share)
  })
  const dark = quantile(histogram, pixels.length, 0.99) / 255
  const light = quantile(histogram, pixels.length, 0.05) / 255
  const contrast = Math.sqrt(Math.max(0, square - mean * mean)) / 128
  // CleanVision: too dark when even the 99th percentile is dark, too light when even the 5th is light.
  const exposure = Math.min(1, dark / 0.5, (1 - light) / 0.2)
  const { whole, sharpest } = laplacian(pixels, wide, high)
  const aspect = Math.min(width, height) / Math.max(width, height)
  const quality =
    Math.min(1, Math.sqrt(sharpest / 600)) *
    Math.max(0, exposure) *
    Math.min(1, 0.4 + contrast) *
    Math.min(1, Math.min(width, height) / 256)
  return {
    blur: round(whole),
    sharpness: round(sharpest),
    brightness: round(mean / 255),
    exposure: round(Math.max(0, exposure)),
    contrast: round(contrast),
    entropy: round(entropy),
    aspect: round(aspect),
    megapixels: round((width * height) / 1e6),
    quality: round(quality),
  }
}

function quantile(histogram: Float64Array, total: number, share: number): number {
  let seen = 0
  for (let value = 0; value < 256; value += 1) {
    seen += histogram[value]!
    if (seen >= share * total) return value
  }
  return 255
}

/** Variance of the Laplacian: of the whole, and of the sharpest tenth of 16-pixel tiles. */
function laplacian(
  pixels: Uint8Array,
  wide: number,
  high: number,
): { whole: number; sharpest: number } {
  if (wide < 3 || high < 3) return { whole: 0, sharpest: 0 }
  const tilesWide = Math.ceil(wide / 16)
  const tiles = new Float64Array(tilesWide * Math.ceil(high / 16))
  const counts = new Float64Array(tiles.length)
  let sum = 0
  let squares = 0
  for (let y = 1; y < high - 1; y += 1)
    for (let x = 1; x < wide - 1; x += 1) {
      const at = y * wide + x
      const value =
        4 * pixels[at]! -
        pixels[at - 1]! -
        pixels[at + 1]! -
        pixels[at - wide]! -
        pixels[at + wide]!
      sum += value
      squares += value * value
      const tile = (y >> 4) * tilesWide + (x >> 4)
      tiles[tile] = tiles[tile]! + value * value
      counts[tile] = counts[tile]! + 1
    }
  const count = (wide - 2) * (high - 2)
  const energies: number[] = []
  counts.forEach((size, tile) => {
    if (size >= 64) energies.push(tiles[tile]! / size)
  })
  energies.sort((a, b) => b - a)
  const best = energies.slice(0, Math.max(1, Math.ceil(energies.length / 10)))
  const whole = squares / count - (sum / count) ** 2
  return {
    whole,
    sharpest: energies.length === 0 ? whole : best.reduce((a, b) => a + b, 0) / best.length,
  }
}

/** dHash: is each pixel of a 9 x 8 thumbnail brighter than its right neighbour; 16 hex digits. */
function differenceHash(pixels: Uint8Array, step: number): string {
  let hex = ''
  for (let y = 0; y < 8; y += 1) {
    let byte = 0
    for (let x = 0; x < 8; x += 1)
      byte = byte * 2 + (pixels[(y * 9 + x) * step]! > pixels[(y * 9 + x + 1) * step]! ? 1 : 0)
    hex += byte.toString(16).padStart(2, '0')
  }
  return hex
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
