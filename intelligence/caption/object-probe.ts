import type { CaptionerScore } from '#schema/domain/caption.ts'
import { seededRandom } from '../curation/random.ts'

/** One yes/no question about a picture; POPE asks as many about what is there as about what is not (arXiv 2305.10355). */
export interface ProbeQuestion {
  readonly image: string
  readonly noun: string
  readonly there: boolean
}

const fewest = 8
const mostInvented = 0.2
const leastRight = 0.7
// For a pool in which all show the same: things that are easily told from most others.
const others = ['car', 'bicycle', 'boat', 'aeroplane', 'banana', 'telephone', 'umbrella', 'guitar']

/**
 * Half of the questions name what the picture shows, half what others of the pool show (POPE's popular objects: a
 * captioner that guesses by the company says yes to them).
 *
 * @param sights the noun that each picture shows, by the pool's vision model
 */
export function probeQuestions(
  sights: readonly { readonly image: string; readonly noun: string }[],
  seed: number,
  pictures = 12,
): ProbeQuestion[] {
  const random = seededRandom(seed, 'pope')
  const rows = [...sights]
  for (let index = rows.length - 1; index > 0; index -= 1) {
    const other = random.below(index + 1)
    ;[rows[index], rows[other]] = [rows[other]!, rows[index]!]
  }
  const nouns = [...new Set(sights.map(({ noun }) => noun))].sort()
  return rows.slice(0, pictures).flatMap(({ image, noun }) => {
    const absent = nouns.filter((other) => other !== noun)
    const from = absent.length > 0 ? absent : others.filter((other) => other !== noun)
    return [
      { image, noun, there: true },
      { image, noun: from[random.below(from.length)]!, there: false },
    ]
  })
}

/** @param said true for yes, false for no, null for anything else; in the order of the questions */
export function scoreAnswers(
  questions: readonly ProbeQuestion[],
  said: readonly (boolean | null)[],
): CaptionerScore {
  const asked = said.length
  const of = (there: boolean): (boolean | null)[] =>
    said.filter((_, index) => questions[index]!.there === there)
  const share = (values: readonly (boolean | null)[], wrong: boolean): number =>
    values.length === 0 ? 0 : values.filter((value) => value === wrong).length / values.length
  const right = said.filter((value, index) => value === questions[index]!.there).length
  const invented = share(of(false), true)
  return {
    asked,
    right,
    invented,
    missed: share(of(true), false),
    unclear: said.filter((value) => value === null).length,
    usable: asked >= fewest && invented <= mostInvented && right / asked >= leastRight,
  }
}

/** yes, no or neither, from a reply. */
export function yesOrNo(reply: string): boolean | null {
  const word = /^[\s"'*(]*(yes|no)\b/i.exec(reply)?.[1]?.toLowerCase()
  return word === undefined ? null : word === 'yes'
}

const longest = 300

/**
 * A caption from a reply: one line, no control characters, no quotes about it; the template first, so that trigger word
 * and class noun are in every caption. Empty replies give the template alone.
 */
export function captionFromReply(template: string, reply: string): string {
  const words = reply
    .normalize('NFC')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^["'“”]+|["'“”.]+$/g, '')
    .trim()
  if (words === '') return template
  const whole = `${template}, ${words}`
  return whole.length <= longest ? whole : `${whole.slice(0, longest).replace(/\s\S*$/, '')}`
}
