import type { Operation } from '#schema/domain/operation.ts'
import type { Spec } from '#schema/domain/spec.ts'
import { mentions, type Mention } from './plan-words.ts'
import { englishNumber, koreanNumber } from './quantities.ts'
import { factorIn } from './setting-changes.ts'

export type ResourceOperation = Extract<Operation, { kind: 'resources' }>

/** What a clause does to the steps of a plan; `refused` when it names something that there is not, or does not say which. */
export type StructureChange =
  | { readonly operations: readonly Operation[] }
  | { readonly refused: 'unknown' | 'which' | 'kept'; readonly words: string }

const removeWords =
  /\b(?:remove|delete|drop|without|get rid of|take out|leave out|skip|omit|cut out|no need|disable)\b|\b(?:don'?t|do not|won'?t|no longer) (?:need|want|do|run|use|evaluat\w*|preprocess\w*)\b|\bno\s+(?:more\s+)?(?:evaluat|pre-?process|data)|빼|삭제|제거|없애|지워|지우|생략|건너뛰|스킵|필요\s?없|없어도|없이|하지\s?(?:마|말|않)|안\s?(?:해도|할래|해)|말고/
const addWords =
  /\b(?:add|insert|append|put in|put|include|(?:one|two) more|another|(?:want|need|use|have) (?:two|2))\b|추가|넣어|넣|붙여|삽입|하나\s?더/
const connectWords = /\bconnect\b|\blink\b|\bwire\b|\bfeed\b|연결|이어/
const disconnectWords =
  /\bdisconnect\b|\bunlink\b|\bunplug\b|\bcut\b.*\bconnection\b|\bdetach\b|연결(?:을|은)?\s?(?:끊|해제|빼|없애|지워)|끊/
const negated =
  /\b(?:don'?t|do not|never|not to)\s+(?:remove|delete|drop|skip|take|leave|disconnect|unlink|add|insert|connect|link)\b|(?:빼|삭제하|제거하|없애|지우|생략하|건너뛰|추가하|넣|붙이|연결하|끊)지\s?(?:마|말|않)|\bkeep\b|그대로|남겨|유지/

const plain = new RegExp(
  String.raw`\b(?:${[
    'add|insert|append|put|include|remove|delete|drop|without|get|rid|of|take|out|leave|skip|omit|cut|off|need|disable|want|run|use',
    'connections?|detach|connect|link|wire|feed|disconnect|unlink|unplug|from|to|with|into|in|after|before|behind|following|between|right|directly|straight',
    'end|last|and|or|then|also|the|a|an|my|our|its|another|one|two|more|new|second|extra|again|please|just|can|could|you|would|i|we|it|is|be|do|does|did|not|no',
    'don|t|won|this|that|these|both|steps?|stages?|components?|nodes?|part|longer|entirely|completely|all|together|as|well|too|instead|for|now|plan|pipeline|workflow|end|at|let|lets|s|me|evaluat\w*|preprocess\w*|thanks?|ok|okay|so|but|there|should|must|output|model|data|dataset|have|any',
  ].join('|')})\b`,
  'g',
)
const plainKorean =
  /마지막|맨|끝|추가|넣(?:어|고)?|붙여|붙이|삽입|빼(?:고|도|자)?|뺴|삭제|제거|없애|지워|지우|생략|건너뛰|스킵|필요|없(?:어도|이|어|음)|하지|마세요|마라|마|말고|말|않|안|해도|돼|되|됩니다|할래|연결|이어|끊어|끊|해제|해\s?주세요|해줘요?|해|주세요|줘요?|줄래|줄|하나|다시|더|또|새로운?|단계|컴포넌트|스텝|뒤|다음|후|앞|전|사이|바로|그리고|그럼|이제|제발|모두|전부|둘|다|에서|에게|에다|에|으로|로|을|를|은|는|이|가|와|과|랑|도|좀|의|요|하고|고|자|수|있어|있|데이터|모델|출력|파이프라인/g

/** What a clause about structure says beyond what is known: "captioner". */
function unknownIn(lower: string, named: readonly Mention[]): string {
  const left = named.reduceRight(
    (text, { start, end }) => `${text.slice(0, start)} ${text.slice(end)}`,
    lower,
  )
  return left
    .replaceAll(/[^\p{L}\p{N}\s'-]/gu, ' ')
    .replaceAll("'", ' ')
    .replaceAll(plain, ' ')
    .split(/\s+/)
    .map((word) => (/[가-힣]/.test(word) ? word.replaceAll(plainKorean, '') : word))
    .filter((word) => /[\p{L}]{2,}/u.test(word))
    .join(' ')
}

/** Null when the clause is not about the plan's structure. */
export function readStructure(lower: string, spec: Spec): StructureChange | null {
  const named = mentions(lower, spec)
  const joined = disconnectWords.test(lower)
    ? 'disconnect'
    : connectWords.test(lower)
      ? 'connect'
      : null
  const adds = addWords.test(lower)
  const removes = removeWords.test(lower)
  if (joined === null && (named.length === 0 || (!adds && !removes))) return null
  if (negated.test(lower) && named.length > 0) return { refused: 'kept', words: lower }
  const unknown = unknownIn(lower, named)
  if (unknown !== '' && (joined !== null || adds || removes))
    return { refused: 'unknown', words: unknown }
  if (joined !== null) {
    const [first, second] = named.filter((item) => item.name !== null)
    if (first === undefined || second === undefined || first.name === second.name)
      return { refused: 'which', words: lower }
    return { operations: [{ kind: joined, from: first.name!, to: second.name! }] }
  }
  if (adds && !/필요\s?없|없이/.test(lower)) return added(lower, named, spec)
  const gone = named.filter((item) => item.name !== null)
  if (gone.length === 0) return { refused: 'which', words: lower }
  // "both evaluators", "평가 단계 전부": each of the kind
  const every = /\b(?:all|both|every|evaluators|preprocessors)\b|모두|전부|다\s/.test(lower)
  const names = gone.flatMap((item) =>
    every
      ? spec.components.filter((it) => it.type === item.type).map((it) => it.name)
      : [item.name!],
  )
  return {
    operations: [...new Set(names)].map((component) => ({ kind: 'remove' as const, component })),
  }
}

/** "add an evaluator after the trainer", "학습 앞에 전처리 단계를 추가해줘", "between the loader and the trainer". */
function added(lower: string, named: readonly Mention[], spec: Spec): StructureChange {
  const place =
    /\b(after|behind|following|before|in front of|between|to the end)\b|(뒤|다음|후|앞|전(?!처리)|사이)(?:에|로)?(?=\s|$|,|\d|[^가-힣])/.exec(
      lower,
    )
  const english = place?.[1] !== undefined
  const anchor =
    place === null
      ? undefined
      : english
        ? named.find((item) => item.start > place.index)
        : named.filter((item) => item.end <= place.index)[
            place[2] === '사이' ? 0 : named.filter((item) => item.end <= place.index).length - 1
          ]
  const others = place !== null && /between|사이/.test(place[0])
  const made = others
    ? english
      ? named.find((item) => item.end <= place.index)
      : named.filter((item) => item.start > place.index)[0]
    : named.find((item) => item !== anchor)
  if (made === undefined) return { refused: 'which', words: lower }
  const name = anchor?.name ?? null
  const before = place !== null && /before|front|앞|^전/.test(place[0])
  return {
    operations: [
      {
        kind: 'add',
        type: made.type as 'evaluator',
        after: name === null || !before ? name : predecessor(spec, name),
      },
    ],
  }
}

function predecessor(spec: Spec, name: string): string | null {
  const order = spec.components.find((item) => item.name === name)?.order ?? 0
  return (
    spec.components.filter((item) => item.order < order).sort((a, b) => b.order - a.order)[0]
      ?.name ?? null
  )
}

const limitWords =
  /\b(?:at most|at maximum|up to|max(?:imum)?|more than|exceed|limit|cap|within|under|or fewer|or less)\b|최대|이하|까지|이내|만\b|만(?:\s|$)|제한|한도|넘지/

/** "give the trainer 4 GPUs", "학습 단계에 GPU 4장 줘", "trainer memory 32GB", "evaluator with 8 cpus", "use 2 GPUs". */
export function readResources(
  lower: string,
  spec: Spec,
  /** Of whom the sentence spoke just before. */
  before: string | null,
): ResourceOperation[] {
  const named = mentions(lower, spec)
  const holder = named.find((item) => item.name !== null)
  const everywhere =
    /\b(?:all|every|each)\s+(?:component|step)s?\b|모든\s?(?:단계|컴포넌트)|전체\s?단계/.test(lower)
  const number = String.raw`(\d+(?:\.\d+)?|[a-z]+|[가-힣]{1,3})`
  const valueOf = (text: string): number => {
    const english = englishNumber(text)
    return Number.isNaN(english) ? koreanNumber(text) : english
  }
  const counts = [
    ...lower.matchAll(
      new RegExp(String.raw`${number}\s*(?:x\s*)?(?:more\s+)?(?:gpus?|그래픽\s?카드)`, 'g'),
    ),
    ...lower.matchAll(
      new RegExp(
        String.raw`(?:gpus?|그래픽\s?카드|지피유)(?:를|을|는|은)?\s*(?:=|:|to|[a-z ]{1,30}\bto)?\s*${number}\s?(?:장|개|대)?(?!\s?배)`,
        'g',
      ),
    ),
  ]
    .filter((match) => !/\b(?:no|without)\s*$/.test(lower.slice(0, match.index)))
    .map((match) => valueOf(match[1]!))
  const count = counts.find((value) => Number.isInteger(value)) ?? Number.NaN
  const training = spec.components.find((item) => item.type === 'trainer')
  // GPUs of nobody are the training's, unless they are a limit: only it uses them
  const said =
    /\d\s*(?:gb|gib|기가)\s*(?:of\s+)?(?:ram|램)|\b\d+\s*(?:cpus?|cores?)\b|\d\s?코어/.test(lower)
  const unheld =
    holder === undefined &&
    !limitWords.test(lower) &&
    ((Number.isInteger(count) && count > 0) || said)
      ? (before ?? training?.name)
      : undefined
  const holders = everywhere
    ? spec.components.map((item) => item.name)
    : holder === undefined
      ? unheld === undefined
        ? []
        : [unheld]
      : [holder.name!]
  if (holders.length === 0) return []
  const result: ResourceOperation[] = []
  const gpuMemory =
    /(\d+)\s*(?:gb|기가)\s*(?:of\s+)?(?:vram|gpu memory)|(?:vram|gpu memory|gpu 메모리)\D{0,6}(\d+)\s*(?:gb|기가)/.exec(
      lower,
    )
  const memory =
    gpuMemory === null
      ? /(\d+(?:\.\d+)?)\s*(gb|gib|mb|기가)\s*(?:of\s+)?(?:ram|memory|램|메모리)|(?:ram|memory|램|메모리)\D{0,8}(\d+(?:\.\d+)?)\s*(gb|gib|mb|기가)/.exec(
          lower,
        )
      : null
  const cpu =
    /(\d+(?:\.\d+)?)\s*(?:cpus?|cores?|코어)|(?:cpus?|cores?|코어)\D{0,4}(\d+(?:\.\d+)?)/.exec(
      lower,
    )
  const onCpu =
    holder !== undefined &&
    !Number.isInteger(count) &&
    /\b(?:on|using|use|with)\s+(?:the\s+|a\s+)?cpus?\b(?!\s*\d)|\bcpu only\b|\b(?:no|without(?: an?)?)\s+gpus?\b|cpu(?:로|에서|만)|gpu\s?(?:없이|말고|빼)/.test(
      lower,
    )
  const factor = factorIn(lower)
  for (const component of holders) {
    if (Number.isInteger(count) && count >= 0)
      result.push({ kind: 'resources', component, key: 'gpu_count', value: count })
    else if (onCpu) result.push({ kind: 'resources', component, key: 'gpu_count', value: 0 })
    if (gpuMemory !== null)
      result.push({
        kind: 'resources',
        component,
        key: 'gpu_memory',
        value: `${gpuMemory[1] ?? gpuMemory[2]}GB`,
      })
    if (memory !== null) {
      const unit = (memory[2] ?? memory[4]!)
        .replace('기가', 'gb')
        .toUpperCase()
        .replace('GIB', 'Gi')
      result.push({
        kind: 'resources',
        component,
        key: 'memory',
        value: `${memory[1] ?? memory[3]}${unit}`,
      })
    }
    if (cpu !== null)
      result.push({ kind: 'resources', component, key: 'cpu', value: Number(cpu[1] ?? cpu[2]) })
    if (result.length === 0 && factor !== null) {
      const now = spec.components.find((item) => item.name === component)?.resources
      if (/\b(?:ram|memory)\b|램|메모리/.test(lower) && now?.memory !== undefined)
        result.push({
          kind: 'resources',
          component,
          key: 'memory',
          value: `${Math.max(1, Math.round((now.memory.bytes / 1e9) * factor))}GB`,
        })
      else if (/\bcpus?\b|\bcores?\b|코어/.test(lower) && now?.cpu !== undefined)
        result.push({
          kind: 'resources',
          component,
          key: 'cpu',
          value: Math.max(1, Math.round(now.cpu.cores * factor)),
        })
      else if (/\bgpus?\b|그래픽\s?카드/.test(lower) && (now?.gpuCount ?? 0) > 0)
        result.push({
          kind: 'resources',
          component,
          key: 'gpu_count',
          value: Math.max(1, Math.round(now!.gpuCount! * factor)),
        })
    }
  }
  return result
}
