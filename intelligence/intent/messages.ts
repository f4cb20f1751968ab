import type { Language } from '#schema/domain/intent.ts'
import { koreanName } from './lexicon.ts'

/** Sentences of the reading, per language; another language gets the English ones. */
export interface Messages {
  readonly from: (words: string) => string
  readonly seen: (count: number, of: number, noun: string) => string
  readonly default: string
  readonly byModel: string
  readonly offline: (base: string) => string
  readonly rare: string
  readonly fromName: (name: string) => string
  readonly noLook: string
  readonly subjectBecause: (words: string) => string
  readonly styleBecause: (words: string) => string
  readonly subjectOrStyle: (
    noun: string,
    style: string,
  ) => { text: string; subject: string; style: string }
  readonly which: { text: string }
  readonly whatIs: (name: string | null) => string
  readonly whatToLearn: { text: string; subject: string; style: string }
  readonly mismatch: (said: string, seen: string, count: number, of: number) => string
  readonly noun: (noun: string) => string
}

const en: Messages = {
  from: (words) => `from '${words}'`,
  seen: (count, of, noun) =>
    `${count} of ${of} pictures show ${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`,
  default: 'the usual choice',
  byModel: 'the language model understood it so',
  offline: (base) => `the base model for this machine: ${base}`,
  rare: 'a rare word that the base model gives no meaning of its own',
  fromName: (name) => `made from the name '${name}', shortened so that it is no word yet`,
  noLook: 'the look is not named: the trigger word will stand for it',
  subjectBecause: (words) => `'${words}' is the subject`,
  styleBecause: (words) => `'${words}' is the look to learn`,
  subjectOrStyle: (noun, style) => ({
    text: `What should be learnt: the ${noun}, or the ${style} look?`,
    subject: `The ${noun}: ${style} is how results should look, the photos are ordinary`,
    style: `The ${style} look: the pictures already have it`,
  }),
  which: { text: 'Which of these is the subject?' },
  whatIs: (name) => (name === null ? 'What kind of thing is the subject?' : `What is ${name}?`),
  whatToLearn: {
    text: 'What should the model learn?',
    subject: 'A subject: a pet, a person, a thing',
    style: 'A look: a way of drawing, painting or photographing',
  },
  mismatch: (said, seen, count, of) =>
    `You wrote ${said}, but ${count} of ${of} pictures show a ${seen}. Which is it?`,
  noun: (noun) => noun,
}

const ko: Messages = {
  from: (words) => `'${words}'에서`,
  seen: (count, of, noun) => `사진 ${of}장 중 ${count}장에 ${koreanName(noun)} 있음`,
  default: '보통 쓰는 값',
  byModel: '언어 모델이 이렇게 이해함',
  offline: (base) => `이 컴퓨터에 맞는 기본 모델: ${base}`,
  rare: '기본 모델이 아직 뜻을 모르는 드문 낱말',
  fromName: (name) => `이름 '${name}'에서 만든, 아직 뜻이 없는 낱말`,
  noLook: '스타일 이름이 없어 트리거 워드가 대신함',
  subjectBecause: (words) => `'${words}'이(가) 배울 대상`,
  styleBecause: (words) => `'${words}'이(가) 배울 스타일`,
  subjectOrStyle: (noun, style) => ({
    text: `무엇을 배울까요: ${koreanName(noun)} 자체, 아니면 ${koreanName(style)} 스타일?`,
    subject: `${koreanName(noun)}: 사진은 평범하고, 결과물을 ${koreanName(style)} 스타일로`,
    style: `${koreanName(style)} 스타일: 올린 이미지가 이미 그 스타일`,
  }),
  which: { text: '어느 것이 배울 대상인가요?' },
  whatIs: (name) => (name === null ? '배울 대상은 어떤 종류인가요?' : `${name}은(는) 무엇인가요?`),
  whatToLearn: {
    text: '모델이 무엇을 배우면 될까요?',
    subject: '대상: 반려동물, 사람, 물건',
    style: '스타일: 그림체나 사진 느낌',
  },
  mismatch: (said, seen, count, of) =>
    `'${koreanName(said)}'(이)라고 하셨지만 사진 ${of}장 중 ${count}장에 ${koreanName(seen)}이(가) 보입니다. 어느 쪽인가요?`,
  noun: (noun) => koreanName(noun),
}

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
const gap = '\u0001'

/** A slot's reason as it was stored, in whichever language, in the language that is asked in. */
export function reasonIn(language: 'en' | 'ko', reason: string): string {
  const [from, to] = language === 'ko' ? [en, ko] : [ko, en]
  const fixed: readonly (readonly [string, string])[] = [
    ...(['default', 'byModel', 'rare', 'noLook'] as const).map(
      (key) => [from[key], to[key]] as const,
    ),
    language === 'ko' ? ['set by you', '직접 정함'] : ['직접 정함', 'set by you'],
  ]
  const same = fixed.find(([before]) => before === reason)
  if (same !== undefined) return same[1]
  for (const key of ['from', 'offline', 'fromName', 'subjectBecause', 'styleBecause'] as const) {
    const pattern = escaped(from[key](gap)).replace(gap, '(.*)')
    const words = new RegExp(`^${pattern}$`, 'su').exec(reason)?.[1]
    if (words !== undefined) return to[key](words)
  }
  return reason
}

export function messagesFor(language: Language): Messages {
  return language === 'ko' ? ko : en
}
