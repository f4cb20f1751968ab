import type { enLlm } from './en-llm.ts'

/** 언어 모델 화면의 말. */
export const koLlm: typeof enLlm = {
  llm: {
    nav: '언어 모델',
    title: '언어 모델',
    help: '무엇을 학습하고 싶은지 읽는 일을 돕습니다. 없으면 내장 문법만으로 읽고, 그 밖에는 달라지지 않습니다.',
    onlyAdministrators: '관리자만 볼 수 있습니다.',
    server: '서버와 한도',
    enabled: '사용',
    url: '기본 주소(Base URL)',
    urlHelp: (host) =>
      host === null
        ? 'OpenAI 호환 서버의 주소(버전까지): http://localhost:11434/v1'
        : `비워 두면 환경 변수의 서버(${host})와 그 키를 씁니다.`,
    key: '키',
    keyStored: '저장된 키가 있습니다. 바꾸려면 새로 입력하세요. 다시 보여 주지 않습니다.',
    keyNone: '암호화해 저장하고 다시 보여 주지 않습니다. 키가 필요 없는 서버면 비워 두세요.',
    noKey: '키가 필요 없는 서버: 저장된 키를 지웁니다',
    model: '모델',
    timeout: '답을 기다리는 시간(초)',
    dailyTokens: '1인당 하루 토큰',
    dailyMoney: '1인당 하루 USD',
    priceIn: '입력 백만 토큰당 USD',
    priceOut: '출력 백만 토큰당 USD',
    empty: (value) => `환경 변수: ${value}`,
    save: '저장',
    saved: '저장했습니다. 다음 목표부터 적용됩니다.',
    state: '지금과 오늘',
    off: '꺼져 있어 내장 문법만으로 읽습니다.',
    on: (model, host) => `${host}의 ${model}에 묻습니다.`,
    works: '지금까지는 잘 답하고 있습니다.',
    failures: (n) => `연달아 ${n}번 실패했습니다.`,
    open: (at) => `여러 번 실패해 ${at}까지 묻지 않습니다.`,
    retry: '지금 다시 시도',
    test: '연결 시험',
    testing: '묻는 중 …',
    tested: (ms, tokens) => `${ms}초 만에 약속한 형식으로 답했고 ${tokens}토큰을 썼습니다.`,
    failed: {
      OFF: '꺼져 있습니다. 서버와 모델을 적고 "사용"을 켠 뒤 저장하세요.',
      BREAKER_OPEN: '실패가 이어져 쉬는 중입니다. 지금 다시 시도해 보세요.',
      CAP_REACHED: '오늘 쓸 수 있는 토큰이나 금액을 다 썼습니다. 한도를 올린 뒤 다시 시험하세요.',
      TIMED_OUT:
        '제시간에 답이 없습니다. 시간을 늘리거나 더 작은 모델을 쓰고, 서버가 모델을 불러오는 중인지 보세요.',
      RATE_LIMITED: '서버가 지금은 요청을 더 받지 않습니다. 기다리거나 한도를 늘리세요.',
      SERVER_ERROR: '서버 안에서 오류가 났습니다. 서버의 로그를 보세요.',
      UNREACHABLE:
        '이 주소에서 아무도 답하지 않습니다. 서버가 켜져 있는지, 호스트·포트·버전(/v1)이 맞는지 보세요.',
      TOO_LARGE: '답이 너무 깁니다. 언어 모델 서버가 아닌 듯합니다.',
      UNREADABLE:
        '답은 왔지만 약속한 형식이 아닙니다. 구조화된 출력(JSON schema)을 할 수 있는 모델을 쓰세요.',
      REFUSED: '서버가 요청을 거부했습니다. 키와 모델 이름을 확인하세요.',
    },
    today: '오늘(UTC)',
    calls: '호출',
    failedCalls: '실패',
    tokens: '토큰',
    money: 'USD',
    person: '사람',
    none: '오늘은 아직 아무도 묻지 않았습니다.',
    explained: { GRAMMAR: '내장 문법', LLM: '언어 모델' },
  },
}
