import sharp from 'sharp'

/** 64 colours, 4 x 4 fields of 8 edge directions, 6 x 6 fields of mean colour. */
export const descriptorDim = 64 + 128 + 108
const side = 96

/** Colours, edges and layout of a picture: no network, for machines that have none. */
export async function describePicture(path: string): Promise<Float32Array> {
  const { data, info } = await sharp(path, {
    failOn: 'truncated',
    limitInputPixels: 50_000_000,
    pages: 1,
  })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .resize(side, side, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const value = (x: number, y: number, channel: number): number =>
    data[(y * side + x) * info.channels + (info.channels < 3 ? 0 : channel)]!
  const grey = new Float32Array(side * side)
  const colours = new Float32Array(64)
  const layout = new Float32Array(108)
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      const rgb = [value(x, y, 0), value(x, y, 1), value(x, y, 2)] as const
      grey[y * side + x] = (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]) / 255
      spread(colours, rgb)
      const field = (Math.floor((y * 6) / side) * 6 + Math.floor((x * 6) / side)) * 3
      rgb.forEach((part, channel) => {
        layout[field + channel] =
          layout[field + channel]! + part / 255 / (side / 6) ** 2 - 0.5 / (side / 6) ** 2
      })
    }
  const edges = new Float32Array(128)
  for (let y = 1; y < side - 1; y += 1)
    for (let x = 1; x < side - 1; x += 1) {
      const at = y * side + x
      const dx = grey[at + 1]! - grey[at - 1]!
      const dy = grey[at + side]! - grey[at - side]!
      const strength = Math.hypot(dx, dy)
      if (strength < 0.01) continue
      const turn = ((Math.atan2(dy, dx) + Math.PI) / Math.PI) % 1
      const bin = Math.min(7, Math.floor(turn * 8))
      const field = Math.floor((y * 4) / side) * 4 + Math.floor((x * 4) / side)
      edges[field * 8 + bin] = edges[field * 8 + bin]! + strength
    }
  const out = new Float32Array(descriptorDim)
  let from = 0
  for (const part of [colours.map(Math.sqrt), edges.map(Math.sqrt), layout]) {
    const length = Math.hypot(...part)
    if (length > 0)
      out.set(
        part.map((item) => item / length),
        from,
      )
    from += part.length
  }
  return out
}

// Each pixel is shared among its nearest bins, so that a little more light does not change everything.
function spread(bins: Float32Array, rgb: readonly [number, number, number]): void {
  const parts = rgb.map((part) => {
    const place = Math.min(3, Math.max(0, (part / 255) * 4 - 0.5))
    const low = Math.floor(place)
    return [low, Math.min(3, low + 1), place - low] as const
  }) as [Share, Share, Share]
  for (const r of [0, 1] as const)
    for (const g of [0, 1] as const)
      for (const b of [0, 1] as const) {
        const weight = weigh(parts[0], r) * weigh(parts[1], g) * weigh(parts[2], b)
        const bin = parts[0][r] * 16 + parts[1][g] * 4 + parts[2][b]
        bins[bin] = bins[bin]! + weight
      }
}

type Share = readonly [number, number, number]

function weigh(share: Share, which: 0 | 1): number {
  return which === 0 ? 1 - share[2] : share[2]
}
