/** Every half as the shortest decimal that is read as it again, by its bits: made once, 65,536 of them. */
let texts: readonly string[] | null = null

function textsOfHalves(): readonly string[] {
  const bits = Uint16Array.from({ length: 65_536 }, (_, at) => at)
  // Five digits tell any two halves apart.
  return Array.from(new Float16Array(bits.buffer), (half) => String(Number(half.toPrecision(5))))
}

/** A vector as pgvector's `halfvec` reads it: rounded to halves here, so that a third of the characters does. */
export function halfvecText(vector: Float32Array): string {
  texts ??= textsOfHalves()
  const bits = new Uint16Array(new Float16Array(vector).buffer)
  let text = '['
  for (let at = 0; at < bits.length; at += 1) text += (at === 0 ? '' : ',') + texts[bits[at]!]!
  return `${text}]`
}
