import type { SlotPath } from '#schema/domain/intent.ts'

/** A figure that was found: limits and settings, in either language. */
export interface Figure {
  readonly slot: SlotPath
  readonly value: unknown
  readonly start: number
  readonly end: number
  readonly confidence: number
  readonly source: 'said' | 'inferred'
}

const enNumbers: Readonly<Record<string, number>> = {
  zero: 0,
  a: 1,
  an: 1,
  one: 1,
  single: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  fifteen: 15,
  sixteen: 16,
  twenty: 20,
  'twenty-four': 24,
  'twenty four': 24,
  thirty: 30,
  'thirty-two': 32,
  'thirty two': 32,
  forty: 40,
  fifty: 50,
  sixty: 60,
  'sixty-four': 64,
  ninety: 90,
  hundred: 100,
  'a hundred': 100,
  'one hundred': 100,
  'two hundred': 200,
  'three hundred': 300,
  'four hundred': 400,
  'five hundred': 500,
  'eight hundred': 800,
  thousand: 1000,
  'a thousand': 1000,
  'one thousand': 1000,
  'two thousand': 2000,
  'three thousand': 3000,
  'five thousand': 5000,
  couple: 2,
  'a couple': 2,
  'a couple of': 2,
  'couple of': 2,
  dozen: 12,
  'a dozen': 12,
  half: 0.5,
  'half a': 0.5,
  'half an': 0.5,
  quarter: 0.25,
  'three quarters': 0.75,
  'three-quarters': 0.75,
  'three quarters of an': 0.75,
  'three-quarters of an': 0.75,
  'a quarter': 0.25,
  'quarter of an': 0.25,
  'a quarter of an': 0.25,
}
const koNative: Readonly<Record<string, number>> = {
  하나: 1,
  한: 1,
  둘: 2,
  두: 2,
  세: 3,
  셋: 3,
  석: 3,
  네: 4,
  넷: 4,
  넉: 4,
  다섯: 5,
  여섯: 6,
  일곱: 7,
  여덟: 8,
  아홉: 9,
  열: 10,
  열두: 12,
  스물: 20,
  스무: 20,
  스물네: 24,
}
const koDigits: Readonly<Record<string, number>> = {
  영: 0,
  공: 0,
  일: 1,
  이: 2,
  삼: 3,
  사: 4,
  오: 5,
  육: 6,
  칠: 7,
  팔: 8,
  구: 9,
}
const koTens: Readonly<Record<string, number>> = { 십: 10, 백: 100, 천: 1000 }

const tens = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']
const ones = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const spelt: Record<string, number> = { ...enNumbers, seventy: 70, eighty: 80 }
for (const [index, word] of ones.entries()) {
  spelt[`${word} hundred`] = (index + 1) * 100
  spelt[`${word} thousand`] = (index + 1) * 1000
  for (const [at, ten] of tens.entries()) {
    for (const join of ['-', ' ']) spelt[`${ten}${join}${word}`] = (at + 2) * 10 + index + 1
    // "six hundred and forty"
    for (const join of [' ', ' and '])
      spelt[`${word} hundred${join}${ten}`] = (index + 1) * 100 + (at + 2) * 10
  }
}
const enWord = Object.keys(spelt)
  .sort((a, b) => b.length - a.length)
  .join('|')
const digits = String.raw`\d+(?:,\d{3})+(?:\.\d+)?|\d+,\d{1,2}(?!\d)|\d+(?:\.\d+)?|\.\d+`
const N = `(?:${digits}|\\b(?:${enWord})\\b)`
const koUnit = String.raw`(?:[일삼사오육칠팔구십백천만]|이(?![요고야에며나지다라었네랑])|\d)`
const koNumber = String.raw`(?:(?:${digits})(?:\s?[십백천만]${koUnit}*)?|(?<![가-힣])${koUnit}+|${Object.keys(
  koNative,
)
  .sort((a, b) => b.length - a.length)
  .join('|')})`

/** "1만5천" -> 15000, "이십" -> 20, "두" -> 2, "1,500" -> 1500; NaN when it is none. */
export function koreanNumber(text: string): number {
  const bare = text.replaceAll(/[\s,]/g, '')
  if (/^\d*\.?\d+$/.test(bare)) return Number(bare)
  if (bare in koNative) return koNative[bare]!
  let total = 0
  let section = 0
  let current: number | null = null
  for (const part of bare.match(/\d+(?:\.\d+)?|./g) ?? []) {
    if (/^\d/.test(part)) current = Number(part)
    else if (part in koDigits) current = (current ?? 0) * 10 + koDigits[part]!
    else if (part in koTens) {
      section += (current ?? 1) * koTens[part]!
      current = null
    } else if (part === '만') {
      total += (section + (current ?? (section === 0 ? 1 : 0))) * 10_000
      section = 0
      current = null
    } else return Number.NaN
  }
  return total + section + (current ?? 0)
}

export function englishNumber(text: string): number {
  // "7,50" has a decimal comma, "1,500" a thousands mark
  const bare = text
    .trim()
    .replace(/^(\d+),(\d{1,2})$/, '$1.$2')
    .replaceAll(',', '')
  return Object.hasOwn(spelt, bare) ? spelt[bare]! : Number(bare)
}

function anyNumber(text: string): number {
  const value = englishNumber(text)
  return Number.isNaN(value) ? koreanNumber(text) : value
}

const currencies: Readonly<Record<string, string>> = {
  $: 'USD',
  us$: 'USD',
  usd: 'USD',
  dollar: 'USD',
  dollars: 'USD',
  buck: 'USD',
  bucks: 'USD',
  달러: 'USD',
  불: 'USD',
  cent: 'USD',
  cents: 'USD',
  센트: 'USD',
  '€': 'EUR',
  eur: 'EUR',
  euro: 'EUR',
  euros: 'EUR',
  유로: 'EUR',
  '£': 'GBP',
  gbp: 'GBP',
  pound: 'GBP',
  pounds: 'GBP',
  quid: 'GBP',
  파운드: 'GBP',
  '₩': 'KRW',
  krw: 'KRW',
  won: 'KRW',
  원: 'KRW',
  '¥': 'JPY',
  jpy: 'JPY',
  yen: 'JPY',
  엔: 'JPY',
  위안: 'CNY',
  cny: 'CNY',
  rmb: 'CNY',
  yuan: 'CNY',
}

/** Cards whose memory the name tells. */
const cards: Readonly<Record<string, number>> = {
  3060: 12,
  3070: 8,
  3080: 10,
  3090: 24,
  4060: 8,
  4070: 12,
  4080: 16,
  4090: 24,
  5070: 12,
  5080: 16,
  5090: 32,
  2080: 8,
  1080: 8,
  t4: 16,
  v100: 16,
  p100: 16,
  l4: 24,
  a10: 24,
  a10g: 24,
  l40: 48,
  l40s: 48,
  a6000: 48,
  h100: 80,
  h200: 141,
  b200: 180,
}
const cardNames = String.raw`a100s?|h100s?|h200s?|b200s?|v100s?|p100s?|l40s?|l4s?|t4s?|a10g?s?|a6000s?|(?:rtx|gtx)?\s?(?:10|20|30|40|50)[6-9]0(?:\s?ti)?s?`

interface Rule {
  readonly slot: SlotPath
  readonly pattern: RegExp
  readonly value: (match: RegExpMatchArray) => unknown
  readonly confidence?: number
  readonly source?: 'inferred'
}

const money = (amount: number, unit: string): unknown => {
  const currency = currencies[unit.toLowerCase()]
  if (currency === undefined || Number.isNaN(amount)) return undefined
  const factor = /^(?:cents?|센트)$/i.test(unit) ? 0.01 : 1
  return { amount: Math.round(amount * factor * 100) / 100, currency }
}
const thousands = (text: string, k: string | undefined): number =>
  anyNumber(text) * (k === undefined ? 1 : 1000)
const round = (value: number): number => Math.round(value * 10_000) / 10_000
const bytesUnit = String.raw`(?:gb|gib|gigs?|gigabytes?|g|기가(?:바이트)?|지비)`
const is = String.raw`\s*(?:=|:|\bof\b|\bto\b|\bat\b|\bis\b|은|는|을|를|값은|값|-)?\s*`

/** "rank 16, no, make it 32", "랭크 16이라고 했는데 32로": the later figure is the one that is meant. */
const corrected: readonly Rule[] = (
  [
    ['settings.rank', 'rank|dim|랭크'],
    ['settings.alpha', 'alpha|알파'],
    ['settings.resolution', 'resolution|res|해상도'],
    ['settings.batchSize', 'batch(?:\\s?size)?|배치(?:\\s?(?:사이즈|크기))?'],
    ['settings.steps', 'steps?|스텝|스탭'],
  ] as const
).map(([slot, names]) => ({
  slot,
  pattern: new RegExp(
    String.raw`(?:${names})\s*(?:=|:|of|is|은|는|를|을)?\s*\d+(?:\s?(?:으로|로|이라고|이었는데|인데|라고))?[\s,.;-]*(?:(?:했는데|말했는데|말고|아니|아니고|아니다|아니라|but|no|wait|sorry|actually|hmm|scratch that|rather|instead|make (?:it|that)|let'?s (?:say|do)|change (?:it|that) to|or|better|음|그냥)[\s,.;-]*){1,4}(\d+)`,
    'g',
  ),
  value: (m: RegExpMatchArray) => Number(m[1]),
}))

/** "30 steps? no, 3000 steps" */
const recounted: Rule = {
  slot: 'settings.steps',
  pattern:
    /\d+\s*steps?\s*[?,.!;-]*\s*(?:no|nope|wait|sorry|actually|make (?:it|that)|i mean)[\s,.;!-]*(?:make (?:it|that) )?(\d+)(?=\s*steps?)/g,
  value: (m) => Number(m[1]),
}

/** In this order; an earlier rule keeps the words that it took. */
const rules: readonly Rule[] = [
  ...corrected,
  recounted,
  // settings: the name before the figure, or after it
  {
    slot: 'settings.learningRate',
    pattern: new RegExp(
      String.raw`(?:learn(?:ing)?[\s_-]?rate|\blr(?![a-z])|학습률|학습율|러닝\s?레이트|런닝\s?레이트)(?:을|를|은|는)?${is}(\d*\.?\d+(?:e-?\d+)?)`,
      'g',
    ),
    value: (m) => Number(m[1]),
  },
  {
    slot: 'settings.learningRate',
    pattern: /(\d*\.?\d+(?:e-?\d+)?)\s*(?:learning[\s_-]?rate|\blr\b|의?\s?학습률)/g,
    value: (m) => Number(m[1]),
  },
  // "2e-5, 3000 steps": nothing else is written so
  {
    slot: 'settings.learningRate',
    pattern: /(?<![\p{L}\d.$€£₩-])(\d(?:\.\d+)?e-\d)(?![\p{L}\d])/gu,
    value: (m) => Number(m[1]),
    confidence: 0.8,
  },
  {
    slot: 'settings.rank',
    pattern: new RegExp(
      String.raw`(?:lora[\s_-]?)?(?:\brank(?![a-z])|network[\s_-]?dim(?:ension)?|\bdim(?![a-z])|랭크|(?:네트워크\s?)?차원(?:\s?수)?)(?:를|은|는)?${is}(${koNumber}|${N})`,
      'g',
    ),
    value: (m) => anyNumber(m[1]!),
  },
  { slot: 'settings.rank', pattern: /\br\s*=\s*(\d+)/g, value: (m) => Number(m[1]) },
  { slot: 'settings.rank', pattern: /(\d+)[\s-]*(?:rank\b|랭크)/g, value: (m) => Number(m[1]) },
  {
    slot: 'settings.alpha',
    pattern: new RegExp(
      String.raw`(?:(?:lora|network)[\s_-]?)?(?:\balpha(?![a-z])|알파)(?:값)?(?:를|은|는|을)?${is}(${digits}|${koNumber}|${N})`,
      'g',
    ),
    value: (m) => anyNumber(m[1]!),
  },
  {
    slot: 'settings.alpha',
    pattern: /(\d+(?:\.\d+)?)\s*(?:alpha\b|알파)/g,
    value: (m) => Number(m[1]),
  },
  {
    slot: 'settings.batchSize',
    pattern: new RegExp(
      String.raw`(?:\bbatch(?:[\s_-]?size)?(?![a-z])|\bbs(?=\s?=?\s?\d)|배치\s?(?:사이즈|크기)?)(?:를|은|는|을)?${is}(${koNumber}|${N})`,
      'g',
    ),
    value: (m) => anyNumber(m[1]!),
  },
  {
    slot: 'settings.batchSize',
    pattern: new RegExp(String.raw`\b(?:in\s+)?batch(?:es)?\s+of\s+(${N})`, 'g'),
    value: (m) => anyNumber(m[1]!),
  },
  {
    slot: 'settings.steps',
    pattern: new RegExp(
      String.raw`(${N})\s?(k?)[\s-]*(?:training\s+|train\s+|total\s+)?(?:steps?\b|iterations?\b|iters?\b)`,
      'g',
    ),
    // "2.000 steps": a dot before three digits marks thousands
    value: (m) => thousands(m[1]!.replace(/^(\d{1,3})\.(\d{3})$/, '$1$2'), m[2] || undefined),
  },
  {
    slot: 'settings.steps',
    pattern: new RegExp(String.raw`(${koNumber})\s*(?:번의\s*)?(?:스텝|스탭|번\s?반복)`, 'g'),
    value: (m) => koreanNumber(m[1]!),
  },
  {
    slot: 'settings.steps',
    pattern: new RegExp(
      String.raw`(?:\b(?:max[\s_-]?(?:train[\s_-]?)?)?steps?|스텝|스탭|반복)(?:\s?수)?(?:를|은|는|을)?${is}(${digits})(k?)(?![\d.]*\s*(?:gb|gpu|hours?|시간))`,
      'g',
    ),
    value: (m) => thousands(m[1]!, m[2] || undefined),
  },
  {
    slot: 'settings.resolution',
    pattern: /(\d{2,4})\s*(?:[x*]|\bby\b)\s*(\d{2,4})(?:\s*(?:px|pixels?|픽셀))?/g,
    value: (m) => Math.max(Number(m[1]), Number(m[2])),
  },
  {
    slot: 'settings.resolution',
    pattern: new RegExp(
      String.raw`(?:\bresolution(?![a-z])|\bres(?![a-z])|해상도)(?:를|은|는|을)?${is}(\d{2,4}|${N}|(?<![가-힣])[일이삼사오육칠팔구십백천]{2,7})(?:\s*(?:px|pixels?|p\b|픽셀))?`,
      'g',
    ),
    value: (m) => anyNumber(m[1]!),
  },
  {
    slot: 'settings.resolution',
    pattern: /(\d{2,4})\s*-?(?:px\b|pixels?\b|픽셀|\s*resolution\b|\s*res\b|\s*해상도)/g,
    value: (m) => Number(m[1]),
  },
  // "armchair, 512, quick": sides that the models work in, where nothing is counted
  {
    slot: 'settings.resolution',
    pattern:
      /(?<![\p{L}\d.$€£₩#:=x*-]|\bmodel\s)(512|576|640|704|768|832|896|1024|1152|1280|1536|2048)(?![\d.x*]|\s*(?:steps?|photos?|images?|pics?|pictures?|shots?|scans?|samples?|files?|of|drawings?|frames?|epochs?|tokens?|people|장|개|스텝|스탭|번|원|달러|유로|엔|명|마리|컷|회|점|년|gpus?|gb|mb|gigs?|기가|시간|분|초|대|bit|k|won|dollars?|bucks?|yen|euros?|hours?|min(?:ute)?s?)(?![\p{Script=Latin}]))/gu,
    value: (m) => Number(m[1]),
    confidence: 0.6,
  },
  // money
  {
    slot: 'limits.money',
    pattern: new RegExp(String.raw`(us\$|[$€£₩¥])\s?(?!\d+(?:\.\d+)?e\d)(${digits})\s?(k\b)?`, 'g'),
    value: (m) => money(thousands(m[2]!, m[3]), m[1]!),
  },
  {
    slot: 'limits.money',
    pattern: new RegExp(String.raw`\b(usd|eur|gbp|krw|jpy)\s?(${digits})`, 'g'),
    value: (m) => money(anyNumber(m[2]!), m[1]!),
  },
  {
    slot: 'limits.money',
    pattern: new RegExp(
      String.raw`(${N})\s?(k)?\s?(dollars?|usd|us\$|bucks?|euros?|eur|pounds|gbp|quid|won|krw|yen|jpy|yuan|rmb|cents?|[$€£₩])(?![\p{Script=Latin}])`,
      'gu',
    ),
    value: (m) => money(thousands(m[1]!, m[2]), m[3]!),
  },
  {
    slot: 'limits.money',
    pattern:
      /((?:\d+(?:,\d{3})*(?:\.\d+)?|(?<![가-힣])[일이삼사오육칠팔구십백천만])(?:\s?(?:\d+|[일이삼사오육칠팔구십백천만]))*)\s?(원|달러|불|유로|엔|파운드|센트|위안)(?!본|래|피스|형|숭|신|칙|작|리|두|꽃)/g,
    value: (m) => money(koreanNumber(m[1]!), m[2]!),
  },
  // GPUs
  {
    slot: 'limits.gpus',
    pattern: /\bno nvidia card\b/g,
    value: () => 0,
  },
  {
    slot: 'limits.gpus',
    pattern:
      /\b(?:no|without(?:\s+an?y?)?|don'?t have (?:an?y?)?|do not have (?:an?y?)?|have no)\s+(?:(?:nvidia|dedicated|discrete|real|proper)\s+)?(?:gpus?|graphics cards?|video cards?|nvidia cards?|cuda)\b|\bcpu[\s-]only\b|\b(?:only|just)\s+(?:on\s+)?(?:a|the|my)?\s*cpu\b|\bon\s+(?:a|the|my)?\s*(?:laptop'?s?\s+)?cpu\b|\bgpu-?less\b/g,
    value: () => 0,
  },
  {
    slot: 'limits.gpus',
    pattern:
      /(?:gpu|지피유|그래픽\s?카드)(?:는|가|를|도)?\s*(?:없이|없어|없는|없음|없고|없습니다|안\s?쓰고|안\s?써|말고\s?cpu)|cpu(?:로만|만|로)(?![가-힣])/g,
    value: () => 0,
  },
  {
    slot: 'limits.gpus',
    pattern: new RegExp(
      // "A100 gpu": not a hundred
      String.raw`(?<![\p{Script=Latin}\d.])(${N})\s*(?:x\s*)?(?:(?:nvidia|rtx|geforce)\s+)?(?:${cardNames}|gpus?|graphics\s+cards?|video\s+cards?)(?![\p{Script=Latin}\d])(?!\s*(?:hours?|memory|ram|vram|mem))`,
      'gu',
    ),
    value: (m) =>
      // "on a GPU" states no limit
      /^(?:an?|half.*|quarter.*)$/.test(m[1]!) ? undefined : anyNumber(m[1]!),
    confidence: 0.95,
  },
  {
    slot: 'limits.gpus',
    pattern: new RegExp(
      String.raw`(?<=(?:gpus?|지피유|그래픽\s?카드|${cardNames})(?:\s?\d{1,3}\s?(?:gb|기가))?(?:를|는|은|을|수는|수)?\s?(?:최대|많아야|딱|오직|단|총|at most|<=|:|=)?\s?)(${koNumber})\s?(?:장|개|대|매)`,
      'g',
    ),
    value: (m) => koreanNumber(m[1]!),
  },
  // "one 16GB gpu"
  {
    slot: 'limits.gpus',
    pattern:
      /\b(one|a single|single|two|1|2|4)\s+(?=\d{1,3}\s?(?:gb|gib|gigs?)\s+(?:gpus?|cards?|graphics))/g,
    value: (m) =>
      (({ one: 1, 'a single': 1, single: 1, two: 2 }) as Record<string, number>)[m[1]!] ??
      Number(m[1]),
  },
  // "gpu 하나 있음"
  {
    slot: 'limits.gpus',
    pattern:
      /(?<=(?:gpu|지피유|그래픽\s?카드)(?:는|가|를|은|만)?\s?(?:딱\s?)?)(하나|둘)(?![가-힣]{2})/g,
    value: (m) => (m[1] === '하나' ? 1 : 2),
  },
  {
    slot: 'limits.gpus',
    pattern: new RegExp(
      String.raw`(${koNumber})\s*(?:장|개|대)의?\s*(?:gpu|지피유|그래픽\s?카드|${cardNames})`,
      'g',
    ),
    value: (m) => koreanNumber(m[1]!),
  },
  {
    slot: 'limits.gpus',
    pattern: /\bgpus?\s*(?:=|:|<=)\s*(\d+)|\bgpu\s+(?:count|limit|max)(?:\s+of)?\s*(\d+)/g,
    value: (m) => Number(m[1] ?? m[2]),
  },
  {
    slot: 'limits.gpus',
    pattern: new RegExp(
      String.raw`\b(?:gpus?|cards?),?\s+(${N})\s+of\s+(?:them|those|these)\b`,
      'g',
    ),
    value: (m) => anyNumber(m[1]!),
  },
  // "a single 24GB card", "24기가 카드 한 장"
  {
    slot: 'limits.gpus',
    pattern:
      /\b(single|one|two|three|four|2|3|4|8)(?=\s+(?:\d+\s?-?(?:gb|gigs?|gigabytes?)\s+)?(?:(?:graphics|video)\s+)?cards?\b)(?!\s+cards?\s+(?:game|deck))/g,
    value: (m) => anyNumber(m[1]!),
    confidence: 0.8,
  },
  {
    slot: 'limits.gpus',
    pattern: new RegExp(
      String.raw`(?<=(?:기가|gb|ti|${cardNames})\s?(?:짜리\s?)?(?:그래픽\s?)?(?:카드\s?)?)(${koNumber})\s?(?:장|대)(?![가-힣]*\s?(?:사진|이미지))(?=\s|으로|로|이|만|뿐|까지|밖에|$|[.,])`,
      'g',
    ),
    value: (m) => (koreanNumber(m[1]!) > 16 ? undefined : koreanNumber(m[1]!)),
    confidence: 0.8,
  },
  // GPU memory
  {
    slot: 'limits.gpuMemory',
    pattern: new RegExp(
      String.raw`(${digits}|\b(?:${enWord})\b(?=[\s-]*gi(?:gs?|gabytes?)\b))\s*-?${bytesUnit}(?![\p{L}\d])(?!\s*(?:of\s+)?(?:(?:system|main|cpu)\s+)?(?:ram|disk|storage|ssd|hdd|ddr|memory\s+stick|램|디스크|하드|저장))`,
      'giu',
    ),
    value: (m) => anyNumber(m[1]!),
  },
  {
    slot: 'limits.gpuMemory',
    pattern: new RegExp(
      String.raw`(${digits})\s*(?:기가(?:바이트)?|gb)(?=짜리|로|에|의|이|만|까지|뿐|밖에|정도|이하|으로|인|를|가|는|은|도|면|야|예요|입니다|\s?vram|\s?메모리|\s?브이램)`,
      'gi',
    ),
    value: (m) => Number(m[1]),
  },
  {
    slot: 'limits.gpuMemory',
    pattern: new RegExp(
      String.raw`(?:(?<![\p{L}\d])(?:rtx|gtx|geforce(?:\s?rtx)?|nvidia)\s?|(?<![\p{L}\d])(?:an?|my|one|single|on|with|\d)\s?x?\s)(3060|3070|3080|3090|4060|4070|4080|4090|5070|5080|5090|2080|1080)(?!\d|\s*(?:steps?|스텝|px|x\d))|(?<!\d)(3090|4090|5090)s?(?!\d)|(?<![\p{L}\d])(3060|3070|3080|4060|4070|4080)(?=\s?(?:ti|장|으로|로|한|두|카드|그래픽|gpu|있|밖에|쓰|씀|뿐))|(?<![\p{L}\d])(t4|v100|p100|l4|a10g?|l40s?|a6000|h100|h200|b200)s?(?![\p{L}\d])`,
      'gu',
    ),
    value: (m) => cards[(m[1] ?? m[2] ?? m[3] ?? m[4])!],
    confidence: 0.7,
    source: 'inferred',
  },
  // time
  {
    slot: 'limits.hours',
    pattern: new RegExp(
      String.raw`(?<![\p{L}\d])(\d+)\s?h(?:ours?|rs?)?\s?(?:and\s+)?(\d+)\s?m(?:in(?:ute)?s?)?(?![\p{L}])`,
      'gu',
    ),
    value: (m) => round(Number(m[1]) + Number(m[2]) / 60),
  },
  {
    slot: 'limits.hours',
    pattern: /\b(?:an|one|1)\s+hour\s+and\s+(?:a\s+half|30\s*min(?:ute)?s?)\b/g,
    value: () => 1.5,
  },
  {
    slot: 'limits.hours',
    pattern: /\b(?:an|one|1)\s+and\s+a\s+half\s+hours?\b/g,
    value: () => 1.5,
  },
  {
    slot: 'limits.hours',
    pattern: new RegExp(String.raw`(${N})\s+and\s+a\s+half\s+hours?`, 'g'),
    value: (m) => anyNumber(m[1]!) + 0.5,
  },
  {
    slot: 'limits.hours',
    pattern: new RegExp(
      String.raw`(${N})[\s-]*(?:h|hrs?|hours?)(?![\p{L}\d])(?!\s+(?:ago|old|of\s+(?:video|footage)))`,
      'gu',
    ),
    value: (m) => round(anyNumber(m[1]!)),
  },
  {
    slot: 'limits.hours',
    pattern: new RegExp(
      String.raw`(${N})[\s-]*(?:mins?|minutes?)(?![\p{L}])(?!\s+(?:ago|old))`,
      'gu',
    ),
    value: (m) => round(anyNumber(m[1]!) / 60),
  },
  {
    slot: 'limits.hours',
    pattern: new RegExp(
      String.raw`(?:within|under|in|max(?:imum)?|at most|less than|no more than|up to|takes?|only have|finish in|done in)\s+(?:about\s+)?(${N})\s+days?(?![\p{L}])`,
      'gu',
    ),
    value: (m) => anyNumber(m[1]!) * 24,
  },
  {
    slot: 'limits.hours',
    pattern: new RegExp(
      String.raw`(${N})\s+days?(?=,?\s+(?:at (?:the )?(?:very )?most|max\b|maximum|tops|or less|limit|deadline|is (?:ok|fine)))`,
      'g',
    ),
    value: (m) => anyNumber(m[1]!) * 24,
  },
  {
    slot: 'limits.hours',
    pattern: new RegExp(
      String.raw`(?<=\b(?:max(?:imum)?|at most|up to|no more than|spend|limit)\b[^.;]{0,30}\band\s)(${N})\s+days?(?![\p{L}])`,
      'gu',
    ),
    value: (m) => anyNumber(m[1]!) * 24,
  },
  {
    slot: 'limits.hours',
    pattern: /(?<=(?:최대|한도|제한)[^.;]{0,16}\s)하루(?=\s*(?:$|[,.!]))/g,
    value: () => 24,
  },
  {
    slot: 'limits.hours',
    pattern: /\bhalf a day\b|\b(?:a|one) half day\b/g,
    value: () => 12,
  },
  {
    slot: 'limits.hours',
    pattern: /\bover\s?night\b|\ball night(?: long)?\b/g,
    value: () => 8,
    confidence: 0.7,
    source: 'inferred',
  },
  {
    slot: 'limits.hours',
    pattern: new RegExp(String.raw`(${koNumber})\s*시간\s*(?:반|(${koNumber})\s*분)`, 'g'),
    value: (m) => round(koreanNumber(m[1]!) + (m[2] === undefined ? 0.5 : koreanNumber(m[2]) / 60)),
  },
  {
    slot: 'limits.hours',
    pattern: new RegExp(String.raw`(${koNumber}|반)\s*시간(?!\s*전)`, 'g'),
    value: (m) => (m[1] === '반' ? 0.5 : koreanNumber(m[1]!)),
  },
  {
    slot: 'limits.hours',
    pattern: new RegExp(
      String.raw`(${koNumber})\s*분(?=\s*(?:안|이내|내|만|정도|까지|동안|이하|미만|으로|이면|은|을|이|도|간|밖에|짜리|컷|한도|제한|초과|을?\s?(?:넘|초과|한도|제한)|이상|$|[.,!?]))`,
      'g',
    ),
    value: (m) => round(koreanNumber(m[1]!) / 60),
  },
  // Sino-Korean figures before 분 count minutes; people are counted by native ones
  {
    slot: 'limits.hours',
    pattern:
      /(\d{1,3}|(?<![가-힣])[일이삼사오육칠팔구]?십[일이삼사오육칠팔구]?)\s?분(?=\s)(?!\s*(?:의|들|께))/g,
    value: (m) => round(koreanNumber(m[1]!) / 60),
    confidence: 0.85,
  },
  {
    slot: 'limits.hours',
    pattern: /(반나절)(?=\s*(?:안|이내|내|만|정도|동안)?)/g,
    value: () => 6,
    confidence: 0.7,
  },
  {
    slot: 'limits.hours',
    pattern: /하루\s*(?:안|이내|내|만에|정도|동안)(?:에|으로)?/g,
    value: () => 24,
  },
  {
    slot: 'limits.hours',
    pattern: /(이틀|사흘)\s*(?:안|이내|내|만에|정도)/g,
    value: (m) => (m[1] === '이틀' ? 48 : 72),
  },
  {
    slot: 'limits.hours',
    pattern: /밤새|하룻밤/g,
    value: () => 8,
    confidence: 0.7,
    source: 'inferred',
  },
]

/** All limits and settings that the words state; the first of each slot counts, a later one replaces it after "no," only in follow-ups. */
export function readFigures(text: string): Figure[] {
  // no figure has that many digits; long runs would only cost time
  const lower = text.replaceAll(/[\d,.]{14,}|[일이삼사오육칠팔구십백천만]{14,}/g, (run) =>
    '#'.repeat(run.length),
  )
  const taken: [number, number][] = []
  const found = new Map<SlotPath, Figure>()
  for (const rule of rules) {
    for (const match of lower.matchAll(rule.pattern)) {
      const start = match.index
      const end = start + match[0].length
      if (rule.source !== 'inferred' && taken.some(([from, to]) => start < to && from < end))
        continue
      const value = rule.value(match)
      if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) continue
      if (rule.source !== 'inferred') taken.push([start, end])
      if (found.has(rule.slot)) continue
      found.set(rule.slot, {
        slot: rule.slot,
        value,
        start,
        end,
        confidence: rule.confidence ?? 1,
        source: rule.source ?? 'said',
      })
    }
  }
  return [...found.values()]
}
