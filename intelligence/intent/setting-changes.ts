import type { Json } from '#schema/domain/canonical-json.ts'
import { settingWords } from './plan-words.ts'
import { englishNumber, koreanNumber } from './quantities.ts'

type Value = number | boolean | string

/** What a sentence about settings is measured against. */
export interface SettingGround {
  readonly known: (name: string) => boolean
  readonly now: (name: string) => Json | undefined
  /** What "the default" means; undefined where nothing is known. */
  readonly preset: (name: string) => Json | undefined
  /** Settings that are no longer the default. */
  readonly changed: readonly string[]
  /** The goal grammar's own reading of the same words: it knows more ways to write a figure. */
  readonly read: (name: string) => Value | undefined
}

export interface SettingChanges {
  /** By name; null: back to the default that is not chosen yet. */
  readonly values: ReadonlyMap<string, Value | null>
  /** Named without saying what they should be. */
  readonly open: readonly string[]
}

interface Named {
  readonly name: string
  readonly start: number
  readonly end: number
}

/** Where settings are named; the longest name counts, so that "sample steps" are no steps. */
export function settingsIn(lower: string): Named[] {
  const all = settingWords.flatMap(([name, words]) =>
    [...lower.matchAll(new RegExp(words.source, 'gu'))].map((match): Named => ({
      name,
      start: match.index,
      end: match.index + match[0].length,
    })),
  )
  const found: Named[] = []
  for (const one of all.sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start)) {
    // "it is a mirror" names a thing
    if (one.name === 'mirror' && /\b(?:an?|my|our)\s+$/.test(lower.slice(0, one.start))) continue
    if (!found.some((item) => item.start < one.end && one.start < item.end)) found.push(one)
  }
  return found.sort((a, b) => a.start - b.start)
}

const native = '한|두|세|네|다섯|여섯|일곱|여덟|아홉|열'
const word = 'two|three|four|five|six|seven|eight|nine|ten|twelve|sixteen|twenty|hundred'
const figureText = String.raw`(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?`

const keepWords =
  /\b(?:keep|leave|same|unchanged|untouched|stays?)\b|\bas (?:it )?(?:is|was)\b|\b(?:don'?t|do not|never) (?:change|touch)\b|그대로|유지|건드리지|바꾸지\s?(?:마|말)/
const defaultWords =
  /\b(?:defaults?|normal|presets?|reset|recommended|standard|usual|original)\b|기본\s?값|기본으로|초기화|추천|권장|원래(?:대로|\s?값)?|처음\s?값|프리셋|디폴트/
const startOver = /^\s*(?:reset|start over|초기화|처음부터)/
const everything =
  /\b(?:everything|all(?: (?:of )?(?:it|them|the settings|settings))?|the (?:settings|defaults))\b|전부|모두|모든|다\s|설정(?:을|은)?/
const up =
  /\b(?:increas\w*|rais\w*|higher|more|bigger|larger|greater|up|bump|boost|longer|extra|additional|add|another|plus)\b|\btoo (?:low|small|few|short|little)\b|올려|올리|올려|높여|높이|높게|늘려|늘리|늘여|키워|키우|크게|더\s|추가|많이|길게|오래|너무\s?(?:낮|작|적|짧)/
const down =
  /\b(?:decreas\w*|reduc\w*|lower\w*|less|fewer|smaller|shorter|cut|drop|down|shrink|slash|minus|subtract|faster)\b|\btake\b.*\boff\b|\btoo (?:high|large|big|many|much|long)\b|내려|내리|낮춰|낮추|낮게|줄여|줄이|줄게|작게|적게|덜|짧게|빼|빠르게|빨리|너무\s?(?:높|크|커|많|길)/
const slightly = /\b(?:a (?:little|bit|tad|touch)|slightly|somewhat)\b|조금|살짝|약간/
const greatly = /\b(?:a lot|much|far|way|significantly|considerably)\b|훨씬|확\s|많이|크게|대폭/
const off =
  /\b(?:no|not|don'?t|do not|without|off|disable[ds]?|stop|never|false|remove|turn off)\b|않|(?:^|\s)안\s?|하지\s?(?:마|말)|지\s?(?:마|말)|꺼|끄|빼|해제|없이|없애|필요\s?없/

/** A figure as people write it: "1.5k", "2,000", "5e-3", "1/1000", "2천"; null without exactly one. */
function onlyFigure(zone: string): number | null {
  const fraction = /(?<![\d.])(\d+)\s*\/\s*(\d+)(?![\d.])/.exec(zone)
  if (fraction !== null) return Number(fraction[1]) / Number(fraction[2])
  const found = [
    ...zone.matchAll(
      new RegExp(
        String.raw`(?<![\p{L}\d])(-\s?)?(${figureText}\s?[십백천만]+(?!큼)|${figureText})(\s?k\b)?`,
        'gu',
      ),
    ),
  ]
  if (found.length > 1) return null
  if (found.length === 1) {
    const [, sign, digits, thousand] = found[0]!
    const bare = digits!.replaceAll(',', '')
    const value = /[십백천만]/.test(bare) ? koreanNumber(bare) : Number(bare)
    const figure = (sign === undefined ? 1 : -1) * value * (thousand === undefined ? 1 : 1000)
    return Number.isFinite(figure) ? figure : null
  }
  const spelt = new RegExp(String.raw`\b(${word})\b|(?<![가-힣])(${native})(?![가-힣])`).exec(zone)
  if (spelt === null) return null
  const value = spelt[1] === undefined ? koreanNumber(spelt[2]!) : englishNumber(spelt[1])
  return Number.isFinite(value) ? value : null
}

/** By how much, as a factor: "double", "by half", "20 % fewer", "ten times lower", "두 배", "10분의 1". */
export function factorIn(zone: string): number | null {
  const falls = down.test(zone)
  const percent = new RegExp(
    String.raw`(${figureText})\s*(?:%|percent|퍼센트|프로)(\s?(?:로|까지)|\s+of\b)?`,
  ).exec(zone)
  if (percent !== null) {
    const share = Number(percent[1]!.replaceAll(',', '')) / 100
    if (percent[2] !== undefined || /\bto\s*$/.test(zone.slice(0, percent.index))) return share
    return falls ? 1 - share : up.test(zone) ? 1 + share : null
  }
  const part = /(\d+)\s?분의\s?(\d+)/.exec(zone)
  if (part !== null) return Number(part[2]) / Number(part[1])
  const times =
    new RegExp(String.raw`(${figureText}|${word})\s*(?:-\s*)?(?:times|fold|x)(?![\w])`).exec(
      zone,
    ) ?? new RegExp(String.raw`(${figureText}|${native})\s?배(?!치)`).exec(zone)
  const halfMore = /배\s?반|one and a half times/.test(zone) ? 0.5 : 0
  const count =
    times !== null
      ? (Number.isNaN(englishNumber(times[1]!))
          ? koreanNumber(times[1]!)
          : englishNumber(times[1]!)) + halfMore
      : /\bdoubl\w*|\btwice\b/.test(zone)
        ? 2
        : /\btripl\w*|\bthrice\b/.test(zone)
          ? 3
          : /\bquadrupl\w*/.test(zone)
            ? 4
            : null
  if (count !== null && count > 0)
    return falls && count > 1 && !/\btoo\b|너무/.test(zone) ? 1 / count : count
  if (/\bhal(?:f|ve|ved|ving)\b|절반|반으로|반만|반\s?정도/.test(zone))
    return /\b(?:increase|raise|more)\b.*\bhalf\b|절반(?:만큼)?\s?(?:더|늘)/.test(zone) ? 1.5 : 0.5
  if (/\b(?:a|one)[\s-]third\b/.test(zone)) return 1 / 3
  if (/\bquarter\b/.test(zone)) return 0.25
  return null
}

/** "by 200", "200 more", "another 100", "200 더 늘려": what is added; null when a figure is where to go, not how far. */
function stepIn(zone: string, value: number | null): number | null {
  if (value === null) return null
  const english =
    /\btake\s+(?:off\s+)?\d.*\boff\b|\btake off \d/.test(zone) ||
    /\bby\s+-?[\d.]/.test(zone) ||
    (/[\d.k]\s+(?:more|fewer|less|extra|additional|further|lower|higher)\b/.test(zone) &&
      !/\bthan\b/.test(zone)) ||
    /\b(?:add|another|plus|subtract|minus)\s+(?:another\s+)?[\d.]/.test(zone)
  const korean =
    /[\d십백천만](?:\s?(?:번|회|개|만큼|정도|씩))*\s*(?:을|를)?\s*(?:더|늘|줄|올|낮|높|추가|빼|덜)/.test(
      zone,
    ) && !/[\d십백천만](?:\s?(?:번|회|개))?\s*(?:으로|로|까지)/.test(zone)
  if (!english && !korean) return null
  return down.test(zone) && !/\b(?:add|more)\b/.test(zone) ? -value : value
}

const fine = new Set(['learningRate', 'alpha', 'captionDropout', 'guidanceScale'])
const strong = new Set(['rank', 'alpha', 'learningRate', 'batchSize'])

/** A figure of a setting after a sum, as the setting takes it. */
function fitted(name: string, value: number): number {
  if (fine.has(name)) return Number(value.toPrecision(6))
  if (name === 'resolution') return Math.max(64, Math.round(value / 8) * 8)
  return Math.round(value)
}

/** "more", "a bit lower", "much higher" without a figure: a change that can be seen, and that the preview shows. */
function nudged(name: string, now: number, zone: string): number | null {
  const rises = up.test(zone)
  const falls = down.test(zone)
  if (rises === falls) return null
  const usual = strong.has(name) ? 2 : 1.5
  const factor = slightly.test(zone)
    ? 1.25
    : greatly.test(zone) && !/많이\s?(?:줄|낮)/.test(zone)
      ? usual * 2
      : usual
  const value = rises ? now * factor : now / factor
  return name === 'steps' && value >= 100 ? Math.round(value / 10) * 10 : value
}

const refused =
  /\b(?:don'?t|do not|never|shouldn'?t|should not|must not|mustn'?t)\b(?!.*\b(?:more|less|fewer|above|over|below|under)\b)|^\s*not\b|(?:올리|늘리|낮추|줄이|바꾸|하)지\s?(?:마|말)/
const joint = /^[\s,&]*(?:(?:and|the|both|과|와|랑|이랑|하고|및|을|를|도)[\s,&]*)*$/
const quoted = /["']([\p{L}\p{N}./_-][^"{}]{0,299}?)["']/u

/**
 * What one clause says of settings: absolute figures, sums relative to what they are, the default, "keep it", on and off.
 *
 * @param lower the clause in lower case, with what it says of components blanked out
 * @param text the same with its case
 */
export function readSettings(lower: string, text: string, ground: SettingGround): SettingChanges {
  const values = new Map<string, Value | null>()
  const open: string[] = []
  const put = (name: string, value: Value | null): void => void values.set(name, value)
  const number = (name: string): number | null => {
    const value = values.get(name) ?? ground.now(name)
    return typeof value === 'number' ? value : null
  }
  let rest = lower
  const blank = (start: number, end: number): void => {
    rest = rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end)
  }

  // "a checkpoint every 50 steps", "100스텝마다 샘플": the figure is a period, whatever counts it
  const period =
    /\bevery\s+(\d[\d,]*)\s*(?:steps?|iterations?)?|(\d[\d,]*)\s*(?:스텝|번|회)?\s*(?:마다|에\s?한\s?번|간격)/.exec(
      rest,
    )
  const looks = /\bsampl\w*|\bpreviews?\b|\bpictures?\b|샘플|미리\s?보기|그림/
  const saves = /\bcheckpoint\w*|\bsav(?:e|ing)\b|체크포인트|저장/
  if (period !== null) {
    const name = saves.test(rest) ? 'checkpointEvery' : looks.test(rest) ? 'sampleEvery' : null
    if (name !== null && ground.known(name)) {
      put(name, Number((period[1] ?? period[2])!.replaceAll(',', '')))
      blank(period.index, period.index + period[0].length)
    }
  } else if (looks.test(rest) && off.test(rest) && /\btraining\b|학습/.test(rest))
    put('sampleEvery', 0)

  let named = settingsIn(rest).filter((item) => !values.has(item.name))
  if (values.size > 0) named = named.filter((item) => !/Every$|^sample/.test(item.name))

  // "alpha half the rank", "알파를 랭크와 같게": one setting measured by another
  const [first, second] = named
  if (first !== undefined && second !== undefined && first.name !== second.name) {
    const between = rest.slice(first.end, second.start)
    const after = rest.slice(second.end)
    const english =
      /\b(?:half|twice|double|same as|equal to|as high as|match(?:es|ing)?)\b(?:\s+(?:of|the|as|to))*\s*$/.exec(
        between,
      )
    const korean = /^(?:을|를|은|는|도)?\s*$/.test(between)
      ? /^(?:의|와|과|랑|하고)?\s*(절반|반|두\s?배|2\s?배|같게|같이|똑같이|동일)/.exec(after)
      : null
    const whole = number(second.name)
    if ((english !== null || korean !== null) && whole !== null) {
      const said = (english ?? korean)![0]
      const factor = /half|절반|반/.test(said) ? 0.5 : /twice|double|배/.test(said) ? 2 : 1
      put(first.name, fitted(first.name, whole * factor))
      named = named.slice(2)
      blank(first.start, second.end + (korean?.[0].length ?? 0))
    }
  }

  // settings that stand side by side share what is said of them
  const groups: { names: string[]; start: number; end: number }[] = []
  for (const one of named) {
    const last = groups.at(-1)
    if (last !== undefined && joint.test(rest.slice(last.end, one.start))) {
      last.names.push(one.name)
      last.end = one.end
    } else groups.push({ names: [one.name], start: one.start, end: one.end })
  }
  if (groups.length === 0 && values.size === 0) {
    if (
      (defaultWords.test(rest) || startOver.test(rest)) &&
      (everything.test(rest) || startOver.test(rest))
    )
      for (const name of ground.changed) put(name, presetOr(name, ground))
    else if (
      /\b(?:longer|shorter)\b|\bas (?:long|fast)\b|\b(?:length|duration)\b|오래|길게|짧게|배\s?(?:더\s?)?빠르/.test(
        rest,
      ) &&
      !/\b(?:than|hours?|minutes?|days?|no longer)\b|시간|\d\s?분/.test(rest)
    ) {
      // "twice as fast" is half the steps
      const value = number('steps')
      const factor = factorIn(rest)
      const sum =
        value === null
          ? null
          : factor === null
            ? nudged('steps', value, rest)
            : value * (/fast|빠르/.test(rest) && factor > 1 ? 1 / factor : factor)
      if (sum !== null) put('steps', Math.max(1, fitted('steps', sum)))
    }
    return { values, open }
  }
  for (const [index, group] of groups.entries()) {
    const start = index === 0 ? 0 : group.start
    const end = groups[index + 1]?.start ?? rest.length
    const zone = `${rest.slice(start, group.start)} ${' '.repeat(group.end - group.start)} ${rest.slice(group.end, end)}`
    for (const name of new Set(group.names)) {
      if (!ground.known(name)) {
        open.push(name)
        continue
      }
      const value = valueOf(name, zone, text.slice(start, end), ground, number(name))
      if (value === undefined) open.push(name)
      else put(name, value)
    }
  }
  return { values, open }
}

const presetOr = (name: string, ground: SettingGround): Value | null => {
  const value = ground.preset(name)
  return value === undefined || value === null || typeof value === 'object' ? null : value
}

function valueOf(
  name: string,
  zone: string,
  typed: string,
  ground: SettingGround,
  now: number | null,
): Value | null | undefined {
  if (name === 'prompt')
    return quoted.exec(typed)?.[1] ?? /:\s*([\p{L}\p{N}].{0,298}\S)\s*$/u.exec(typed)?.[1]
  if (name === 'targets')
    return /\b(?:all|everything|every)\b|전체|모든|모두|전부/.test(zone)
      ? 'all'
      : /\battention\b|어텐션/.test(zone)
        ? 'attention'
        : undefined
  if (defaultWords.test(zone) && onlyFigure(zone) === null) return presetOr(name, ground)
  if (name === 'mirror') return keepWords.test(zone) ? undefined : !off.test(zone)
  // "from 32 to 16", "16에서 32로", "500 -> 800", "16 말고 32": where it goes is the last
  const path = new RegExp(
    String.raw`${figureText}\s*(?:\bto\b|->|→|>|에서|말고|아니라)\s*(${figureText})`,
  ).exec(zone)
  if (path !== null) return Number(path[1]!.replaceAll(',', ''))
  const figure = onlyFigure(zone)
  // "16 or 32", "between 500 and 800": a choice that nobody made
  if (figure === null && /\d.*(?:\bor\b|\band\b|아니면|또는|이나|사이|~).*\d/.test(zone))
    return undefined
  if (/\bnot(?:\s+the)?$/.test(zone.trimEnd()) && figure === null) return now ?? undefined
  if (refused.test(zone)) return undefined
  if (keepWords.test(zone) && !/\d/.test(zone)) return now ?? undefined
  const factor = factorIn(zone)
  if (factor !== null)
    return now === null || factor <= 0
      ? undefined
      : Math.max(fine.has(name) ? 0 : 1, fitted(name, now * factor))
  if (name === 'captionDropout' && figure !== null && /%|percent|퍼센트|프로/.test(zone))
    return figure / 100
  const step = stepIn(zone, figure)
  if (step !== null) return now === null ? undefined : fitted(name, now + step)
  if (figure !== null) return figure
  const read = ground.read(name)
  if (read !== undefined && /[\d]|[가-힣]{1,3}\s?(?:번|개|스텝)|\b[a-z]+\b/.test(zone)) return read
  if (/Every$/.test(name) && off.test(zone)) return 0
  const nudge = now === null ? null : nudged(name, now, zone)
  return nudge === null ? undefined : fitted(name, nudge)
}

/** Any parameter that a component has by its own name, where it is no setting: "bucket_step 16", "timestep bias: 1.2". */
export function readParams(
  lower: string,
  text: string,
  components: readonly {
    readonly name: string
    readonly params: Readonly<Record<string, Json>>
    /** Whether the words name it. */
    readonly meant: boolean
  }[],
  isSetting: (param: string) => boolean,
): { component: string; name: string; value: Value }[] {
  const result: { component: string; name: string; value: Value }[] = []
  const link = String.raw`(?:를|을|는|은|값을|값은)?\s*(?:=|:|\bto\b|\bis\b|\bof\b)?\s*`
  // what stands in quotes begins with a letter or figure: in pasted JSON everything is in quotes
  const literal = String.raw`(-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\d.])|true|false|on|off|켜|꺼|끄|"[\p{L}\p{N}./_-][^"{}]{0,199}"|'[\p{L}\p{N}./_-][^'{}]{0,199}')`
  const someMeant = components.some((item) => item.meant)
  for (const component of components) {
    if (someMeant && !component.meant) continue
    for (const param of Object.keys(component.params)) {
      if ((!param.includes('_') && param.length < 5) || isSetting(param)) continue
      const spelt = param.replaceAll('_', String.raw`[\s_-]?`)
      const match = new RegExp(
        String.raw`(?<![a-z_])${spelt}(?![a-z_])${link}${literal}`,
        'du',
      ).exec(lower)
      if (match === null) continue
      const [start, end] = match.indices!.at(-1)!
      const raw = match.at(-1)!
      const value: Value = /^["']/.test(raw)
        ? text.slice(start + 1, end - 1)
        : /^(?:true|on|켜)$/.test(raw)
          ? true
          : /^(?:false|off|꺼|끄)$/.test(raw)
            ? false
            : Number(raw)
      result.push({ component: component.name, name: param, value })
    }
  }
  return result
}
