import type { SlotPath } from '#schema/domain/intent.ts'
import type { Spec } from '#schema/domain/spec.ts'

/** What a conversation calls the parts of a plan, in both languages. */

/** Kinds of components; a plan's own names come on top. */
const kinds: readonly (readonly [string, RegExp])[] = [
  ['data_loader', /\bdata[\s_-]?loader\b|\bloader\b|데이터\s?로더|로더|데이터\s?불러오기/g],
  [
    'preprocessor',
    /\bpre-?processors?\b|\bpre-?processing(?:\s+(?:step|stage|component))?\b|전처리기?(?:\s?(?:단계|컴포넌트))?/g,
  ],
  [
    'evaluator',
    /\bevaluators?\b|\bevaluations?(?:\s+(?:step|stage|component))?\b|\bevaluat(?:e|ing)\b|평가기|평가\s?(?:단계|컴포넌트|스텝)?/g,
  ],
  [
    'trainer',
    /\btrainer\b|\btraining\s+(?:step|stage|component)\b|학습\s?(?:단계|컴포넌트)|훈련\s?(?:단계|컴포넌트)|(?:학습|훈련)(?=\s?(?:뒤|다음|앞|직전|전에|후에|이후))|트레이너|학습기/g,
  ],
]

export interface Mention {
  readonly type: string
  readonly name: string | null
  readonly start: number
  readonly end: number
}

/** Where a text names components, by kind or by the plan's own names. */
export function mentions(text: string, spec: Spec | null): Mention[] {
  const found: Mention[] = []
  const put = (mention: Mention): void => {
    if (!found.some((item) => item.start < mention.end && mention.start < item.end))
      found.push(mention)
  }
  const names = [...(spec?.components ?? [])].sort((a, b) => b.name.length - a.name.length)
  for (const component of names) {
    const spelt = component.name.replaceAll('-', '[\\s_-]?')
    for (const match of text.matchAll(
      new RegExp(`(?<![a-z0-9-])${spelt}(?![a-z0-9-]*[a-z0-9])`, 'g'),
    ))
      put({
        type: component.type,
        name: component.name,
        start: match.index,
        end: match.index + match[0].length,
      })
  }
  for (const [type, pattern] of kinds) {
    for (const match of text.matchAll(pattern)) {
      const known = spec?.components.filter((item) => item.type === type) ?? []
      put({
        type,
        name: known[0]?.name ?? null,
        start: match.index,
        end: match.index + match[0].trimEnd().length,
      })
    }
  }
  return found.sort((a, b) => a.start - b.start)
}

export const settingWords: readonly (readonly [string, RegExp])[] = [
  ['learningRate', /learn(?:ing)?[\s_-]?rate|\blr\b|학습률|러닝\s?레이트/],
  [
    'rank',
    /\b(?:lora|network)\s+rank\b|\brank\b|network[\s_-]?dim|(?:로라|lora)\s?랭크|랭크|(?<![가-힣])차원/,
  ],
  ['alpha', /\balpha\b|알파/],
  ['batchSize', /\bbatch(?:es)?(?:[\s_-]?sizes?)?\b|배치(?:\s?(?:사이즈|크기))?/],
  ['resolution', /\b(?:image\s+)?resolution\b|\bimage size\b|해상도|이미지\s?크기/],
  ['captionDropout', /caption[\s_-]?dropout|캡션\s?(?:드롭아웃|생략)/],
  ['checkpointEvery', /checkpoint[\s_-]?every|\bcheckpoints?\b|체크포인트/],
  [
    'sampleEvery',
    /sample[\s_-]?every|샘플\s?(?:주기|간격)|(?:\bsamples?|\bpreviews?)\s+(?:while|during)\s+(?:the\s+)?training|학습\s?(?:중|도중)(?:에|의)?\s?샘플/,
  ],
  [
    'sampleCount',
    /sample[\s_-]?count|number of samples|\bsample (?:pictures|images)\b|샘플\s?(?:그림|이미지|사진)|샘플\s?(?:수|개수|장수)/,
  ],
  [
    'sampleSteps',
    /sample[\s_-]?steps|sampling[\s_-]?steps|denoising[\s_-]?steps|샘플(?:링)?\s?스텝/,
  ],
  ['guidanceScale', /guidance(?:[\s_-]?scale)?|\bcfg(?:\s+scale)?\b|가이던스(?:\s?스케일)?/],
  [
    'steps',
    /\b(?:number of\s+)?(?:training\s+)?(?:steps?|iterations)\b(?!\s+(?:component|stage))|(?:학습\s?)?스텝(?:\s?수)?|반복\s?(?:횟수|수)/,
  ],
  ['mirror', /\bmirror(?:ing|ed|s)?\b|\bflip(?:ping|ped|s)?\b|좌우\s?(?:반전|대칭)|미러링?|뒤집/],
  ['seed', /\bseed\b|시드/],
  ['targets', /\btargets?\b|\blayers?\b|학습\s?층|레이어/],
  ['prompt', /\b(?:sample\s+)?prompt\b|프롬프트/],
]

export const slotWords: readonly (readonly [SlotPath, RegExp])[] = [
  ['limits.hours', /\b(?:time|hours?)\b|시간/],
  ['limits.money', /\b(?:budget|money|cost|price|spend)\b|예산|비용|금액|돈/],
  ['limits.gpuMemory', /\b(?:vram|gpu memory)\b|vram|그래픽\s?메모리/],
  ['limits.gpus', /\bgpus?\b|그래픽\s?카드|지피유/],
  [
    'baseModel',
    /\bbase(?:\s+model)?\b|\b(?:this|that|which|what)\s+model\b|(?:기본|베이스|기반|이|어떤|무슨)\s?모델/,
  ],
  ['strategy', /\bstrategy\b|\bmethod\b|방식|전략|방법/],
  ['triggerWord', /\btrigger(?:\s+word)?\b|트리거/],
  ['style', /\bstyle\b|스타일/],
  ['subject.classNoun', /\bclass(?:\s+noun)?\b|\bsubject\b|대상/],
  ['quality', /\bquality\b|품질/],
]

export const koreanNames: Readonly<Record<string, string>> = {
  rank: '랭크',
  alpha: '알파',
  learningRate: '학습률',
  steps: '스텝',
  batchSize: '배치 크기',
  resolution: '해상도',
  captionDropout: '캡션 생략',
  checkpointEvery: '체크포인트 주기',
  sampleEvery: '샘플 주기',
  sampleCount: '샘플 수',
  mirror: '좌우 반전',
  seed: '시드',
  targets: '학습 층',
  prompt: '프롬프트',
  guidanceScale: '가이던스',
  sampleSteps: '샘플 스텝',
  baseModel: '기반 모델',
  strategy: '학습 방식',
  quality: '품질',
  style: '스타일',
  task: '작업',
  triggerWord: '트리거 단어',
  outputs: '형식',
  'subject.classNoun': '대상',
  'subject.name': '이름',
  'limits.gpus': 'GPU 수',
  'limits.gpuMemory': 'GPU 메모리',
  'limits.hours': '시간',
  'limits.money': '예산',
}

/** Names as the English pages say them, where they are not the setting's own. */
export const englishNames: Readonly<Record<string, string>> = {
  learningRate: 'learning rate',
  batchSize: 'batch size',
  captionDropout: 'caption dropout',
  checkpointEvery: 'checkpoint every',
  sampleEvery: 'sample every',
  sampleCount: 'sample count',
  sampleSteps: 'sample steps',
  guidanceScale: 'guidance scale',
  baseModel: 'base model',
  triggerWord: 'trigger word',
  outputs: 'formats',
  'subject.classNoun': 'subject',
  'subject.name': 'name',
  'limits.gpus': 'GPUs',
  'limits.gpuMemory': 'GPU memory (GB)',
  'limits.hours': 'hours',
  'limits.money': 'budget',
}

export const calledIn = (language: 'en' | 'ko', name: string): string =>
  (language === 'ko' ? koreanNames : englishNames)[name] ?? name
