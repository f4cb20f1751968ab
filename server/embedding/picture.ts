import sharp from 'sharp'
import type { embedders } from '#intelligence/index.ts'

/** A picture as a network wants it: the middle square, RGB, one plane after another. */
export async function pictureTensor(
  path: string,
  input: embedders.PictureInput,
  out: Float32Array,
  offset: number,
): Promise<void> {
  const { side, mean, std } = input
  const data = await sharp(path, { failOn: 'truncated', limitInputPixels: 50_000_000, pages: 1 })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .resize(side, side, { fit: 'cover', kernel: 'cubic' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const step = data.info.channels
  const plane = side * side
  for (let pixel = 0; pixel < plane; pixel += 1)
    for (let channel = 0; channel < 3; channel += 1)
      out[offset + channel * plane + pixel] =
        (data.data[pixel * step + (step < 3 ? 0 : channel)]! - mean[channel]!) / std[channel]!
}
