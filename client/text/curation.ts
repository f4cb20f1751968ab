/** Why a picture was chosen and what the estimate says, by the keys that the platform gives. */
type Params = Readonly<Record<string, unknown>>
type Sentences = Readonly<Record<string, (params: Params) => string>>

const n = (params: Params, name: string): string => {
  const value = params[name]
  return typeof value === 'number' || typeof value === 'string' ? `${value}` : '?'
}

const en: Sentences = {
  'curation.medoid': (p) => `Stands for a group of ${n(p, 'similar')} similar pictures.`,
  'curation.alone': () => 'Unlike any other picture of the pool.',
  'curation.uncertain': (p) =>
    `The curator cannot tell yet (${n(p, 'percent')} % for accept), and there are many like it.`,
  'curation.boundary.rejected': () =>
    'Close to a picture that you rejected, but the curator leans the other way.',
  'curation.boundary.accepted': () =>
    'Close to a picture that you accepted, but the curator leans the other way.',
  'curation.fairness': (p) =>
    `Unlike what was shown: ${n(p, 'shown')} of its group of ${n(p, 'similar')} were.`,
  'curation.audit': () => 'Picked at random, to check that the estimate is honest.',
  'curation.asked': () => 'You asked for it.',
  'estimate.empty': () => 'The pool is empty: add pictures first.',
  'estimate.none': () => 'Every picture was judged and none was accepted: add other pictures.',
  'estimate.all': () => 'Every picture of the pool was judged.',
  'estimate.start': () => 'Nothing was judged yet.',
  'estimate.rejected': (p) =>
    `All ${n(p, 'labelled')} so far were rejected: go on, or add other pictures.`,
  'estimate.accepted': (p) =>
    `All ${n(p, 'labelled')} so far were accepted: the rest will most likely do as well.`,
  'estimate.few': (p) => `Too few verdicts to tell: about ${n(p, 'more')} more.`,
  'estimate.agrees': (p) =>
    `The curator agrees with you (${n(p, 'percent')} of 100 beyond chance): more verdicts will hardly change the set.`,
  'estimate.plateau': () =>
    'Your last ten verdicts taught the curator nothing new: more will hardly change the set.',
  'estimate.more': (p) =>
    `The curator agrees with you at ${n(p, 'percent')} of 100 beyond chance: about ${n(p, 'more')} more verdicts are worth it.`,
}

const ko: Sentences = {
  'curation.medoid': (p) => `비슷한 사진 ${n(p, 'similar')}장을 대표합니다.`,
  'curation.alone': () => '다른 사진들과 닮지 않은 사진입니다.',
  'curation.uncertain': (p) =>
    `아직 판단하기 어렵고(채택 가능성 ${n(p, 'percent')} %), 비슷한 사진이 많습니다.`,
  'curation.boundary.rejected': () => '제외한 사진과 비슷하지만, 큐레이터의 예측은 반대입니다.',
  'curation.boundary.accepted': () => '채택한 사진과 비슷하지만, 큐레이터의 예측은 반대입니다.',
  'curation.fairness': (p) =>
    `지금까지 본 사진과 다릅니다. 비슷한 ${n(p, 'similar')}장 중 ${n(p, 'shown')}장만 보았습니다.`,
  'curation.audit': () => '추정이 정직한지 확인하려고 무작위로 골랐습니다.',
  'curation.asked': () => '직접 요청한 사진입니다.',
  'estimate.empty': () => '이미지 풀이 비어 있습니다. 먼저 사진을 추가하세요.',
  'estimate.none': () => '모든 사진을 보았지만 채택한 사진이 없습니다. 다른 사진을 추가하세요.',
  'estimate.all': () => '모든 사진을 보았습니다.',
  'estimate.start': () => '아직 본 사진이 없습니다.',
  'estimate.rejected': (p) =>
    `지금까지 ${n(p, 'labelled')}장을 모두 제외했습니다. 계속하거나 다른 사진을 추가하세요.`,
  'estimate.accepted': (p) =>
    `지금까지 ${n(p, 'labelled')}장을 모두 채택했습니다. 나머지도 괜찮을 것입니다.`,
  'estimate.few': (p) => `아직 판단이 부족합니다. 약 ${n(p, 'more')}장 더 필요합니다.`,
  'estimate.agrees': (p) =>
    `큐레이터의 예측이 충분히 일치합니다(우연을 넘어 100 중 ${n(p, 'percent')}). 더 보아도 결과는 거의 같습니다.`,
  'estimate.plateau': () =>
    '최근 열 장에서 새로 배운 것이 없습니다. 더 보아도 결과는 거의 같습니다.',
  'estimate.more': (p) =>
    `예측 일치도는 우연을 넘어 100 중 ${n(p, 'percent')}입니다. 약 ${n(p, 'more')}장 더 볼 만합니다.`,
}

/** The sentence in the reader's language; the platform's own English for a key that is not known here. */
export function sentence(language: string, key: string, params: unknown, english: string): string {
  const say = (language.startsWith('ko') ? ko : en)[key]
  return say === undefined ? english : say((params ?? {}) as Params)
}

/** The words of the map page. */
export const mapWords = {
  en: {
    step: 'Map',
    title: 'Map of the pool',
    help: 'Like pictures lie together; a ring shows your verdict. Draw a line about some of them.',
    label: (count: number) =>
      count === 1 ? '1 picture as a point' : `${count} pictures as points`,
    chosen: (count: number) => `${count} inside the line`,
    more: 'Review these',
    exclude: 'Leave these out',
    leftOut: (count: number) => (count === 1 ? '1 is left out.' : `${count} are left out.`),
    point: 'Point at a dot to see its picture.',
    others: (count: number) => `and ${count} more`,
    ring: { ACCEPT: 'accepted', REJECT: 'rejected', UNSURE: 'unsure' },
    first: 'To judge some of them, begin the review.',
  },
  ko: {
    step: '지도',
    title: '이미지 풀 지도',
    help: '비슷한 사진은 가까이 있고, 테두리는 판단을 나타냅니다. 사진 둘레에 선을 그리세요.',
    label: (count: number) => `사진 ${count}장의 점`,
    chosen: (count: number) => `선 안에 ${count}장`,
    more: '이 사진들 검토하기',
    exclude: '이 사진들 빼기',
    leftOut: (count: number) => `${count}장을 뺐습니다.`,
    point: '점을 가리키면 사진이 보입니다.',
    others: (count: number) => `외 ${count}장`,
    ring: { ACCEPT: '채택', REJECT: '제외', UNSURE: '모르겠음' },
    first: '골라서 검토하려면 검토를 시작하세요.',
  },
}

/** The words of the review that both ways of judging share. */
export const reviewWords = {
  en: {
    modes: 'How to judge',
    single: 'One by one',
    grid: 'Grid',
    gridHelp: 'Mark what the model should not learn from; the rest is accepted.',
    mark: (name: string) => `Reject ${name}`,
    gridDone: (accepted: number, rejected: number) => `Accept ${accepted}, reject ${rejected}`,
    terms: 'How it was scored',
    term: {
      density: 'typical of its group',
      quality: 'quality',
      cluster: 'group',
      similar: 'pictures in the group',
      probability: 'chance of accept',
      uncertainty: 'doubt',
      gain: 'gain',
      stands: 'stands for',
      similarity: 'likeness to the neighbour',
      nearness: 'likeness to what was shown',
      shown: 'shown of the group',
    } as Readonly<Record<string, string>>,
  },
  ko: {
    modes: '검토 방식',
    single: '한 장씩',
    grid: '격자',
    gridHelp: '배우지 말아야 할 사진을 누르세요. 나머지는 채택합니다.',
    mark: (name: string) => `${name} 제외`,
    gridDone: (accepted: number, rejected: number) => `${accepted}장 채택, ${rejected}장 제외`,
    terms: '점수 내역',
    term: {
      density: '묶음 안의 전형성',
      quality: '품질',
      cluster: '묶음',
      similar: '묶음의 사진 수',
      probability: '채택 가능성',
      uncertainty: '불확실도',
      gain: '얻는 정보',
      stands: '대표하는 사진 수',
      similarity: '이웃과의 유사도',
      nearness: '이미 본 사진과의 유사도',
      shown: '묶음에서 본 사진 수',
    } as Readonly<Record<string, string>>,
  },
}

interface ProbeResult {
  readonly model: string
  readonly asked: number
  readonly right: number
  readonly invented: number
  readonly usable: boolean
}

/** The words of the page of captions and data set versions. */
export const datasetWords = {
  en: {
    step: 'Data',
    title: 'Captions and data set versions',
    captions: 'Captions',
    template: (text: string) => `Without one of its own a picture has: “${text}”`,
    find: 'Find',
    replacement: 'Replace by',
    replace: 'Replace in all',
    changed: (count: number) => `${count} ${count === 1 ? 'caption' : 'captions'} changed.`,
    which: 'Whose captions',
    inUse: 'Pictures of the version in use',
    whole: 'All of the pool',
    captionOf: (name: string) => `Caption of ${name}`,
    captioner: 'Have a vision model write them',
    unprobed:
      'Before it is used, the model answers questions about what is in your pictures and what is not.',
    probed: ({ model, asked, right, invented, usable }: ProbeResult) =>
      `${model} answered ${right} of ${asked} questions right and said yes to ${Math.round(100 * invented)} % of what is not there${usable ? '.' : ': it would invent things.'}`,
    probe: 'Probe the model',
    write: 'Write captions for these pictures',
    versions: 'Versions',
    none: 'There is no version yet: finish a review first.',
    pictures: (count: number) => (count === 1 ? '1 picture' : `${count} pictures`),
    current: 'in use',
    compare: 'Compare with the one in use',
    restore: 'Use this one again',
    download: 'Download',
    format: {
      captions: 'Folder with captions',
      imagefolder: 'Hugging Face imagefolder',
      dvc: 'DVC layout',
    },
    kept: (count: number) => `${count} unchanged`,
    added: (count: number) => `${count} added`,
    removed: (count: number) => `${count} removed`,
    recaptioned: (count: number) => `${count} with another caption`,
  },
  ko: {
    step: '데이터',
    title: '캡션과 데이터셋 버전',
    captions: '캡션',
    template: (text: string) => `캡션이 따로 없는 사진은 “${text}”를 씁니다.`,
    find: '찾을 말',
    replacement: '바꿀 말',
    replace: '모두 바꾸기',
    changed: (count: number) => `캡션 ${count}개를 바꾸었습니다.`,
    which: '보일 캡션',
    inUse: '쓰는 버전의 사진',
    whole: '이미지 풀 전체',
    captionOf: (name: string) => `${name}의 캡션`,
    captioner: '비전 모델로 캡션 쓰기',
    unprobed: '쓰기 전에, 사진에 있는 것과 없는 것을 모델에게 물어 시험합니다.',
    probed: ({ model, asked, right, invented, usable }: ProbeResult) =>
      `${model}: 질문 ${asked}개 중 ${right}개 정답, 없는 것의 ${Math.round(100 * invented)} %를 있다고 답했습니다${usable ? '.' : '. 없는 것을 지어낼 수 있어 쓰지 않습니다.'}`,
    probe: '모델 시험하기',
    write: '이 사진들의 캡션 쓰기',
    versions: '버전',
    none: '아직 버전이 없습니다. 먼저 검토를 마치세요.',
    pictures: (count: number) => `사진 ${count}장`,
    current: '사용 중',
    compare: '사용 중인 버전과 비교',
    restore: '이 버전 다시 쓰기',
    download: '내려받기',
    format: {
      captions: '캡션이 있는 폴더',
      imagefolder: 'Hugging Face imagefolder',
      dvc: 'DVC 형식',
    },
    kept: (count: number) => `그대로 ${count}장`,
    added: (count: number) => `추가 ${count}장`,
    removed: (count: number) => `제거 ${count}장`,
    recaptioned: (count: number) => `캡션 변경 ${count}장`,
  },
}
