/** What people ask a conversation for that is done elsewhere, by somebody else, or not at all: told where, never half done. */
const elsewhere: readonly {
  readonly words: RegExp
  readonly en: string
  readonly ko: string
}[] = [
  {
    words: /\bapprov\w*|승인/,
    en: 'Nothing is approved by words: what needs it is approved by an administrator on its request’s page.',
    ko: '말로는 아무것도 승인되지 않습니다. 필요한 승인은 관리자가 신청 페이지에서 합니다.',
  },
  {
    words:
      /^\s*(?:(?:please|just|now|then|ok|okay|so|let'?s)\s+)*(?:start|run|launch|begin|submit|queue|enqueue|go)(?:\s+(?:it|this|that|the|run|training|job|now|right|away|immediately|please|ahead|already|a))*[\s.!?~]*$|(?:시작|실행|제출)\s?(?:해|하자|시켜|할게|하세요|$)|^(?:지금|바로|이제|당장)?\s?(?:학습\s?)?돌려\s?(?:줘|주세요)?[\s.!?~]*$/,
    en: 'Nothing is started by words: press Start.',
    ko: '말로는 시작되지 않습니다. 시작 버튼을 누르세요.',
  },
  {
    words:
      /\b(?:cancel|stop|abort|kill|pause)\b.*\b(?:run|training|job)\b|(?:실행|학습|작업).{0,4}(?:취소|중단|중지|멈춰|멈추)/,
    en: 'A run is cancelled on its own page.',
    ko: '실행은 그 실행의 페이지에서 취소합니다.',
  },
  {
    words:
      /\b(?:upload|share|post|send|push)\s+(?:it|this|that|the model|them)\b|\b(?:deploy\w*|publish\w*|serve|serving|go live|production)\b|배포|서빙|게시|(?:업로드|공유)\s?(?:해|하)/,
    en: 'Models are not deployed from here: a finished one is downloaded from its page, with the lines that load it.',
    ko: '여기서는 배포하지 않습니다. 완성된 모델은 모델 페이지에서 불러오는 코드와 함께 내려받습니다.',
  },
  {
    words:
      /\b(?:e-?mail|notify|notification|text|message|slack|ping|tell)\s+(?:me|us|him|her|them)\b|\be-?mail\b|메일|알림|알려\s?(?:줘|주)|문자|카톡|슬랙/,
    en: 'Nobody is notified: the run’s page shows live how far it is.',
    ko: '알림은 보내지 않습니다. 실행 페이지에 진행 상황이 실시간으로 보입니다.',
  },
  {
    words:
      /\b(?:rename|reorder|exchange)\b|\b(?:swap|move)\b(?!\s+(?:\w+\s+)?to\b)|(?:순서|위치).{0,6}(?:바꿔|바꾸|변경)|이름(?:을|만)?\s?(?:바꿔|바꾸|변경)|서로\s?바꿔/,
    en: 'Steps can be added, removed, connected and disconnected, not renamed or moved.',
    ko: '단계는 추가, 삭제, 연결, 연결 해제만 할 수 있고 이름이나 순서는 바꾸지 않습니다.',
  },
  {
    words:
      /\b(?:docker|container|registry|shell|sudo|rm -|curl|bash|script|command)\b|\bimage\s+\S+[/:]\S+|\b\S+\/\S+:[a-z]\w*\b|도커|컨테이너|이미지\s\S+\/\S+|명령어|스크립트/,
    en: 'Images and commands of steps are not changed by words.',
    ko: '단계의 이미지와 명령은 말로 바꾸지 않습니다.',
  },
  {
    words:
      /\b(?:schedule|tonight|tomorrow|at (?:\d|noon|midnight)|next (?:week|monday))\b|내일|예약|오늘\s?밤|다음\s?주/,
    en: 'A start cannot be scheduled: what is submitted waits in the queue.',
    ko: '시작을 예약할 수는 없습니다. 신청한 것은 대기열에서 기다립니다.',
  },
  {
    words:
      /\b(?:remove|delete|drop|exclude|add|upload|use more|throw out|leave out)\b(?:\s+\S+){0,4}?\s+(?:pictures?|photos?|images?|pics)\b|(?:사진|이미지|그림)(?:들)?(?:을|를|은|는|만|도|\s\S{1,6})?\s?(?:\d+장\s?)?(?:빼|삭제|지워|추가|제외|넣|더\s?올)/,
    en: 'Pictures are added and left out on the pages Pool and Review; a new data set then makes a new plan.',
    ko: '사진은 이미지 페이지와 검토 페이지에서 넣고 뺍니다. 새 데이터셋이 새 계획이 됩니다.',
  },
  {
    words:
      /\b(?:caption|re-?caption|tag)\s+(?:the|my|all|every|each)\b|캡션(?:을|은)?\s?(?:달|써|바꿔|고쳐|다시)/,
    en: 'Captions are written on the page Data sets.',
    ko: '캡션은 데이터셋 페이지에서 고칩니다.',
  },
  {
    words:
      /\b(?:nodes?|cluster|machine|region|spot|tpus?|aws|azure|gcp|colab)\b|노드|클러스터|스팟|리전|코랩/,
    en: 'Where a run goes is chosen when it is requested ("Request with options"); by words: "give the trainer 2 GPUs".',
    ko: '어디서 실행할지는 신청할 때(옵션을 정해 신청) 고릅니다. 말로는 "학습 단계에 GPU 2장"처럼 정합니다.',
  },
]

/** Settings of other trainers, that this one decides by itself. */
const unknownSettings =
  /\b(?:weight[\s_-]?decay|optimi[sz]ers?|adam\w*|prodigy|adafactor|warm-?up|schedulers?|cosine|gradient|accumulation|precision|fp16|bf16|8-?bit|epochs?|repeats?|text[\s_-]?encoder|regulari[sz]ation|early[\s_-]?stopping|clip[\s_-]?skip|noise[\s_-]?offset|min[\s_-]?snr|ema|xformers|network[\s_-]?dropout|bucket\w*)\b|옵티마이저|프로디지|웜업|워밍업|스케줄러|그래디언트|누적|정밀도|에폭|에포크|반복 학습|텍스트\s?인코더|정규화|조기\s?종료|노이즈\s?오프셋/

/** The sentence for what is not done by words; null where it may be. */
export function cannot(lower: string, language: 'en' | 'ko'): string | null {
  if (unknownSettings.test(lower))
    return language === 'ko'
      ? '여기에는 그런 설정이 없습니다. 말로 바꿀 수 있는 것: 랭크, 알파, 학습률, 스텝(길이는 에폭이 아니라 스텝), 배치 크기, 해상도, 캡션 생략, 좌우 반전, 시드, 체크포인트와 샘플 주기, 가이던스.'
      : 'There is no such setting here. By words can be changed: rank, alpha, learning rate, steps (length is said in steps, not epochs), batch size, resolution, caption dropout, mirroring, seed, checkpoint and sample intervals, guidance.'
  return elsewhere.find(({ words }) => words.test(lower))?.[language] ?? null
}
