import type { Sentences } from './sentences.ts'

/** 서버가 영어로 보내는 문장과 그 한국어. 새 문장은 test/text/sentences.test.ts가 찾아 줍니다. */
export const koSentences: Sentences = [
  // 누구나 만나는 거절
  [
    'Your role does not allow this; ask an administrator.',
    '지금 역할로는 할 수 없습니다. 관리자에게 요청하세요.',
  ],
  [
    'Something went wrong on our side; the server’s log has more under {reference}.',
    '서버에 문제가 생겼습니다. 서버 로그에서 {reference}을(를) 찾아보세요.',
  ],
  ['Something went wrong on our side.', '서버에 문제가 생겼습니다.'],
  ['Only an administrator can do this.', '관리자만 할 수 있습니다.'],
  ['Only an administrator can set {what}.', '{what}은(는) 관리자만 정할 수 있습니다.'],
  ['Only an administrator can set quotas.', '한도는 관리자만 정할 수 있습니다.'],
  ['Only an administrator can change queues.', '대기열은 관리자만 바꿀 수 있습니다.'],
  ['Only an administrator orders the queue.', '대기열 순서는 관리자만 바꿀 수 있습니다.'],
  ['Only an administrator sets the language model.', '언어 모델은 관리자만 설정할 수 있습니다.'],
  // 언어 모델 화면
  [
    'key: a new address needs its own key; leave it empty where the server takes none.',
    '키: 새 주소에는 그 서버의 키가 필요합니다. 키가 필요 없는 서버면 비워 두세요.',
  ],
  [
    'key: the environment’s server takes the environment’s key; set an address beside it.',
    '키: 환경 변수의 서버는 환경 변수의 키를 씁니다. 주소도 함께 적으세요.',
  ],
  [
    'key: must be printable characters without spaces.',
    '키: 공백 없이 출력할 수 있는 문자만 쓸 수 있습니다.',
  ],
  [
    'enabled: no server is named; set an address here, or AUTODIDACT_LLM_URL and AUTODIDACT_LLM_MODEL in the environment.',
    '사용: 서버가 정해지지 않았습니다. 여기에 주소를 적거나 환경 변수 AUTODIDACT_LLM_URL과 AUTODIDACT_LLM_MODEL을 정하세요.',
  ],
  [
    'url: a link-local address is no language model’s.',
    '주소: 링크 로컬 주소는 언어 모델 서버일 수 없습니다.',
  ],
  ['url: must be an http or https address.', '주소: http나 https 주소여야 합니다.'],
  [
    'url: must have no name, password, query or fragment.',
    '주소: 이름, 비밀번호, 쿼리, 프래그먼트가 없어야 합니다.',
  ],
  ['model: must be the name of a model.', '모델: 모델의 이름이어야 합니다.'],
  [
    'model: say which model of this server is asked.',
    '모델: 이 서버의 어느 모델에 물을지 적으세요.',
  ],
  ['budgets', '예산', 'part'],
  ['prices', '가격', 'part'],
  ['There is no such project.', '그런 프로젝트가 없습니다.'],
  ['There is no such person.', '그런 사람이 없습니다.'],
  ['There is no such {table}.', '그런 {table}이(가) 없습니다.'],
  ['project', '프로젝트', 'part'],
  ['person', '사람', 'part'],
  ['There is no such pool.', '그런 이미지 풀이 없습니다.'],
  ['There is no such image.', '그런 이미지가 없습니다.'],
  ['There is no such curation.', '그런 검토가 없습니다.'],
  ['There is no such candidate.', '그런 후보 사진이 없습니다.'],
  ['There is no such round.', '그런 회차가 없습니다.'],
  ['There is no such goal.', '그런 목표가 없습니다.'],
  ['There is no such plan.', '그런 계획이 없습니다.'],
  ['There is no such plan in the goal’s project.', '이 목표의 프로젝트에 그런 계획이 없습니다.'],
  ['There is no such request.', '그런 신청이 없습니다.'],
  ['There is no such run.', '그런 실행이 없습니다.'],
  ['There is no such step.', '그런 단계가 없습니다.'],
  ['There is no such model.', '그런 모델이 없습니다.'],
  ['There is no such model version.', '그런 모델 버전이 없습니다.'],
  ['There is no such cluster.', '그런 클러스터가 없습니다.'],
  ['There is no such data set version.', '그런 데이터셋 버전이 없습니다.'],
  [
    'There is no such data set version in the goal’s project.',
    '이 목표의 프로젝트에 그런 데이터셋 버전이 없습니다.',
  ],
  [
    'There is no such download any more: open the model again.',
    '이 내려받기는 더 없습니다. 모델을 다시 여세요.',
  ],
  [
    'There is no such download any more: open the data set again.',
    '이 내려받기는 더 없습니다. 데이터셋을 다시 여세요.',
  ],
  ['There is no such file any more.', '그런 파일이 더 없습니다.'],
  ['There is nothing here.', '여기에는 아무것도 없습니다.'],
  ['There is nothing with this id.', '이 아이디의 것은 없습니다.'],
  ['There is nothing to do here.', '여기에서는 할 일이 없습니다.'],
  [
    'This address is mistyped or too old: open the page again.',
    '주소가 틀렸거나 오래되었습니다. 화면을 다시 여세요.',
  ],
  [
    'This address is not one that the platform is known by: open it by its own name, or set AUTODIDACT_PUBLIC_URL.',
    '플랫폼이 아는 주소가 아닙니다. 원래 주소로 열거나 AUTODIDACT_PUBLIC_URL을 설정하세요.',
  ],
  [
    'The id {id} already stands for another goal: make a new one.',
    '아이디 {id}은(는) 이미 다른 목표의 것입니다. 새로 만드세요.',
  ],
  [
    'The id {id} already stands for another project: make a new one.',
    '아이디 {id}은(는) 이미 다른 프로젝트의 것입니다. 새로 만드세요.',
  ],
  [
    'The id {id} already stands for another curation.',
    '아이디 {id}은(는) 이미 다른 검토의 것입니다.',
  ],
  ['The id {id} already stands for another round.', '아이디 {id}은(는) 이미 다른 회차의 것입니다.'],
  [
    'The id {id} already stands for another verdict.',
    '아이디 {id}은(는) 이미 다른 선택의 것입니다.',
  ],
  [
    'The id {id} was already given an upload address: make a new one.',
    '아이디 {id}에는 이미 업로드 주소를 주었습니다. 새로 만드세요.',
  ],
  ['This id already belongs to another request.', '이 아이디는 이미 다른 신청의 것입니다.'],
  ['This id already belongs to another plan.', '이 아이디는 이미 다른 계획의 것입니다.'],
  ['"{id}" is not the id of a {typename}.', '"{id}"은(는) {typename}의 아이디가 아닙니다.'],
  [
    'The input\'s id "{id}" is not a UUID, such as 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b.',
    '입력한 아이디 "{id}"은(는) UUID가 아닙니다.',
  ],
  [
    '"first" is {count}: ask for 1 to 100.',
    '"first"가 {count}입니다. 1에서 100까지 쓸 수 있습니다.',
  ],
  [
    '"first" is {count}: ask for 1 to {most} at a time.',
    '"first"가 {count}입니다. 한 번에 1에서 {most}까지 쓸 수 있습니다.',
  ],
  [
    'The cursor in "after" is not one that this server gave out: leave it away to start at the beginning.',
    '"after"의 위치는 이 서버가 준 것이 아닙니다. 비우고 처음부터 읽으세요.',
  ],
  [
    'Lists are read forward: use "first" and "after" instead of "last" and "before".',
    '목록은 앞에서부터 읽습니다. "first"와 "after"를 쓰세요.',
  ],
  ['The request is larger than {limit} bytes.', '요청이 {limit}바이트보다 큽니다.'],
  [
    'The operation has more than {limit} aliases: split it.',
    '한 번에 너무 많은 것을 물었습니다(별칭 {limit}개까지). 나누어 보내세요.',
  ],
  [
    'The operation has more than {limit} directives: split it.',
    '한 번에 너무 많은 것을 물었습니다(지시자 {limit}개까지). 나누어 보내세요.',
  ],
  [
    'The operation is more than {limit} fields deep: ask for less at once.',
    '너무 깊이 물었습니다({limit}단계까지). 나누어 보내세요.',
  ],
  [
    'More events came than were taken: subscribe again with the last cursor.',
    '받은 것보다 많은 소식이 왔습니다. 화면을 다시 여세요.',
  ],

  // 신청과 승인
  [
    'This plan has faults: mend them, then start.',
    '계획에 잘못된 곳이 있습니다. 고친 뒤 시작하세요.',
  ],
  [
    'The {what} has {count} characters: at most {most} are kept.',
    '{what}이(가) {count}자입니다. {most}자까지 쓸 수 있습니다.',
  ],
  ['note', '메모', 'part'],
  ['comment', '의견', 'part'],
  ['There is no such test run in this project.', '이 프로젝트에 그런 시험 실행이 없습니다.'],
  [
    'The cited run is no test run: cite one that is.',
    '인용한 실행은 시험 실행이 아닙니다. 시험 실행을 인용하세요.',
  ],
  [
    'The cited test run has not ended yet: cite it when it has.',
    '인용한 시험 실행이 아직 끝나지 않았습니다. 끝난 뒤 인용하세요.',
  ],
  [
    'There is no queue "{name}": use {known}.',
    '대기열 "{name}"이(가) 없습니다. 쓸 수 있는 대기열: {known}.',
  ],
  [
    '{what} since this was submitted, so it cannot be approved any more: submit the plan again.',
    '신청한 뒤에 {what}, 더는 승인할 수 없습니다. 계획을 다시 신청하세요.',
  ],
  ['The plan has changed', '계획이 바뀌어'],
  ['The image of "{component}" has changed', '"{component}"의 이미지가 바뀌어'],
  ['Its resources have changed', '자원이 바뀌어'],
  [
    'This is not the request that you looked at: read it again, then decide.',
    '보고 계시던 신청이 그 사이 바뀌었습니다. 다시 읽고 결정하세요.',
  ],
  [
    'A rejection needs a comment: say what would have to change.',
    '반려하려면 의견이 필요합니다. 무엇을 바꿔야 하는지 적으세요.',
  ],
  ['{who} has already approved this request.', '{who} 님이 이미 이 신청을 승인했습니다.'],
  ['{who} has already rejected this request.', '{who} 님이 이미 이 신청을 반려했습니다.'],
  ['Only who made a draft can send it.', '초안은 만든 사람만 보낼 수 있습니다.'],
  ['This request has already been submitted.', '이미 제출한 신청입니다.'],
  ['Only who made a request can withdraw it.', '신청한 사람만 철회할 수 있습니다.'],
  [
    'The GPU threshold must be a whole number from 1 to 1024, not {count}.',
    'GPU 기준은 1에서 1024까지의 정수여야 합니다({count}은(는) 안 됩니다).',
  ],
  [
    'The memory threshold must be more than nothing and at most 1 PiB.',
    '메모리 기준은 0보다 크고 1 PiB 이하여야 합니다.',
  ],
  [
    'The component "{name}" asks for {asked} {what}, but this request allows {cap}: raise it, or lower the component.',
    '"{name}" 단계의 요청은 {what} {asked}인데, 이 신청의 한도는 {cap}입니다. 한도를 올리거나 단계를 줄이세요.',
  ],
  ['GPUs', 'GPU', 'part'],
  ['as GPU type', 'GPU 종류', 'part'],
  ['of GPU memory', 'GPU 메모리', 'part'],
  ['of memory', '메모리', 'part'],
  ['memory', '메모리', 'part'],
  ['GPU memory', 'GPU 메모리', 'part'],
  ['CPU cores', 'CPU 코어', 'part'],
  ['seconds of run time', '실행 시간(초)'],
  ['"{type}" is not the name of a GPU type.', '"{type}"은(는) GPU 종류의 이름이 아닙니다.'],
  [
    'The GPU count must be a whole number from 0 to {most}, not {count}.',
    'GPU 수는 0에서 {most}까지의 정수여야 합니다({count}은(는) 안 됩니다).',
  ],
  [
    'The {what} must be more than nothing and at most 1 PiB, not {bytes} bytes.',
    '{what}은(는) 0보다 크고 1 PiB 이하여야 합니다({bytes}바이트는 안 됩니다).',
  ],
  [
    'The CPU must be more than 0 and at most {most} cores, not {cpu}.',
    'CPU는 0보다 크고 {most}코어 이하여야 합니다({cpu}은(는) 안 됩니다).',
  ],
  [
    'The longest run time must be one second to one year, not {seconds} seconds.',
    '최대 실행 시간은 1초에서 1년 사이여야 합니다({seconds}초는 안 됩니다).',
  ],
  [
    'The longest run time "{time}" is not a time: write it as "90m" or "2h30m".',
    '최대 실행 시간 "{time}"은(는) 시간이 아닙니다. "90m"이나 "2h30m"처럼 쓰세요.',
  ],
  ['The {what} is negative: "{text}".', '{what}이(가) 음수입니다: "{text}".'],
  [
    'The {what} "{text}" is not an amount: write it as "16GB" or "16Gi".',
    '{what} "{text}"은(는) 크기가 아닙니다. "16GB"나 "16Gi"처럼 쓰세요.',
  ],
  [
    '"{text}" is not an amount: write it as "16GB" or "16Gi".',
    '"{text}"은(는) 크기가 아닙니다. "16GB"나 "16Gi"처럼 쓰세요.',
  ],
  [
    'This {noun} has ended ({from}): it cannot become {to}.',
    '이미 끝난 {noun}입니다({from}). {to} 상태로 바꿀 수 없습니다.',
  ],
  [
    'A {noun} that is {from} cannot become {to}.',
    '{from} 상태의 {noun}은(는) {to} 상태로 바꿀 수 없습니다.',
  ],
  ['request', '신청', 'part'],
  ['run', '실행', 'part'],
  ['step', '단계', 'part'],
  ['attempt', '시도', 'part'],
  ['draft', '대기', 'part'],
  ['awaiting_approval', '승인대기', 'part'],
  ['approved', '승인', 'part'],
  ['rejected', '반려', 'part'],
  ['withdrawn', '철회', 'part'],
  ['waiting', '대기', 'part'],
  ['running', '실행 중', 'part'],
  ['cancelling', '취소 중', 'part'],
  ['succeeded', '완료', 'part'],
  ['failed', '실패', 'part'],
  ['cancelled', '취소', 'part'],
  ['Its request is gone.', '신청이 없어졌습니다.'],
  ['Its request is not approved.', '신청이 승인되지 않았습니다.'],
  ['The plan is not the one that was approved.', '승인된 계획이 아닙니다.'],
  [
    'The image of "{component}" is not the one that was approved.',
    '"{component}"의 이미지가 승인된 것이 아닙니다.',
  ],
  ['Its resources are not those that were approved.', '승인된 자원이 아닙니다.'],
  [
    'The registry {host} has no image {image}: mend its name or tag.',
    '레지스트리 {host}에 이미지 {image}이(가) 없습니다. 이름이나 태그를 고치세요.',
  ],
  [
    'The component "{name}" names no image that can be pulled: {image}.',
    '"{name}" 단계의 이미지는 가져올 수 없는 이름입니다: {image}.',
  ],
  [
    'The component "{name}" asks for the image {image}, which is not on the list of allowed images: ask an administrator to add it (AUTODIDACT_ALLOWED_IMAGES).',
    '"{name}" 단계의 이미지 {image}은(는) 허용 목록에 없습니다. 관리자에게 추가를 요청하세요(AUTODIDACT_ALLOWED_IMAGES).',
  ],
  [
    'The component "{name}" sets a command of its own, which only runs in a container: leave it away to run on this machine.',
    '"{name}" 단계의 명령은 컨테이너에서만 실행됩니다. 이 컴퓨터에서 실행하려면 명령을 빼세요.',
  ],
  [
    'The component "{name}" asks for the image {image}, which cannot run on this machine without a cluster: only autodidact/<component> images can.',
    '"{name}" 단계의 이미지 {image}은(는) 클러스터 없이 이 컴퓨터에서 실행할 수 없습니다. autodidact/<component> 이미지만 됩니다.',
  ],
  [
    'The component "{name}" asks for {asked} GPU; this machine has {all}, of which {fit} fit.',
    '"{name}" 단계에 GPU {asked}장이 필요합니다. 이 컴퓨터에는 {all}장이 있고 그중 {fit}장이 맞습니다.',
  ],
  [
    'The component "{name}" asks for {asked} GPUs; this machine has {all}, of which {fit} fit.',
    '"{name}" 단계에 GPU {asked}장이 필요합니다. 이 컴퓨터에는 {all}장이 있고 그중 {fit}장이 맞습니다.',
  ],
  [
    'The component "{name}" asks for {asked} GPU ({kind}); this machine has {all}, of which {fit} fit.',
    '"{name}" 단계에 GPU {asked}장({kind})이 필요합니다. 이 컴퓨터에는 {all}장이 있고 그중 {fit}장이 맞습니다.',
  ],
  [
    'The component "{name}" asks for {asked} GPUs ({kind}); this machine has {all}, of which {fit} fit.',
    '"{name}" 단계에 GPU {asked}장({kind})이 필요합니다. 이 컴퓨터에는 {all}장이 있고 그중 {fit}장이 맞습니다.',
  ],
  [
    'The component "{name}" asks for {cores} cores.',
    '"{name}" 단계의 CPU 요청({cores}코어)은 쓸 수 없습니다.',
  ],
  [
    'The component "{name}" asks for {bytes} bytes of memory.',
    '"{name}" 단계의 메모리 요청({bytes}바이트)은 쓸 수 없습니다.',
  ],
  [
    'Training data on "{type}" cannot be mounted here: use "local", or "distributed" with a volume claim.',
    '"{type}"의 학습 데이터는 여기서 연결할 수 없습니다. "local"이나, 볼륨 클레임이 있는 "distributed"를 쓰세요.',
  ],
  [
    'The storage path "{path}" is not of the form /<claim>/<subpath>.',
    '저장 경로 "{path}"은(는) /<claim>/<subpath> 꼴이 아닙니다.',
  ],
  [
    'The volume claim "{name}" is not on the list of allowed ones: ask an administrator to add it (AUTODIDACT_KUBERNETES_CLAIMS).',
    '볼륨 클레임 "{name}"은(는) 허용 목록에 없습니다. 관리자에게 추가를 요청하세요(AUTODIDACT_KUBERNETES_CLAIMS).',
  ],

  // 한도와 예산
  [
    'The project’s quota is {quota} GPUs at once, and this asks for {asked}: it could never start. Ask for fewer, or ask an administrator to raise the quota.',
    '프로젝트의 한도는 동시에 GPU {quota}장인데 {asked}장을 요청했습니다. 이대로는 시작할 수 없습니다. 줄이거나 관리자에게 한도를 올려 달라고 하세요.',
  ],
  [
    'Your quota is {quota} GPUs at once, and this asks for {asked}: it could never start. Ask for fewer, or ask an administrator to raise the quota.',
    '내 한도는 동시에 GPU {quota}장인데 {asked}장을 요청했습니다. 이대로는 시작할 수 없습니다. 줄이거나 관리자에게 한도를 올려 달라고 하세요.',
  ],
  [
    'The project’s GPU hours are limited, and nothing says how long this may run: set a longest run time.',
    '프로젝트의 GPU 시간에 한도가 있는데 이 실행이 얼마나 걸릴지 정해지지 않았습니다. 최대 실행 시간을 정하세요.',
  ],
  [
    'Your GPU hours are limited, and nothing says how long this may run: set a longest run time.',
    '내 GPU 시간에 한도가 있는데 이 실행이 얼마나 걸릴지 정해지지 않았습니다. 최대 실행 시간을 정하세요.',
  ],
  [
    'The project’s quota is {quota} GPU hours a month: {used} are used and {promised} promised to work that waits or runs, so {more} more do not fit.',
    '프로젝트의 한도는 월 GPU {quota}시간입니다. {used}시간을 썼고 대기·실행 중인 일에 {promised}시간이 잡혀 있어 {more}시간을 더 쓸 수 없습니다.',
  ],
  [
    'Your quota is {quota} GPU hours a month: {used} are used and {promised} promised to work that waits or runs, so {more} more do not fit.',
    '내 한도는 월 GPU {quota}시간입니다. {used}시간을 썼고 대기·실행 중인 일에 {promised}시간이 잡혀 있어 {more}시간을 더 쓸 수 없습니다.',
  ],
  [
    'There is a budget in {currency}, but what this costs in {again} is not known: it needs a price for its devices and a time limit.',
    '{currency} 예산이 있는데 이 실행의 비용({again})을 알 수 없습니다. 장치 가격과 시간 제한이 필요합니다.',
  ],
  [
    'The month’s budget is {budget}: {spent} are spent and {promised} promised to work that waits or runs, so up to {more} more do not fit.',
    '이달 예산은 {budget}입니다. {spent}을(를) 썼고 대기·실행 중인 일에 {promised}이(가) 잡혀 있어 최대 {more}을(를) 더 쓸 수 없습니다.',
  ],
  [
    'A quota is for one project or one person: name exactly one.',
    '한도는 프로젝트 하나나 사람 하나에 정합니다. 하나만 고르세요.',
  ],
  [
    'The GPUs at once must be a whole number from 0 to 1,000,000, not {gpus}.',
    '동시에 쓰는 GPU는 0에서 1,000,000까지의 정수여야 합니다({gpus}은(는) 안 됩니다).',
  ],
  [
    'The GPU hours a month must be 0 to 10^9, not {hours}.',
    '월 GPU 시간은 0에서 10^9까지여야 합니다({hours}은(는) 안 됩니다).',
  ],
  [
    'Only a project has a share; it is more than 0 and at most 1000.',
    '가중치는 프로젝트에만 있으며, 0보다 크고 1000 이하입니다.',
  ],
  [
    '"{currency}" is not a currency: write three capital letters, such as USD or KRW.',
    '"{currency}"은(는) 통화가 아닙니다. USD나 KRW처럼 대문자 세 글자로 쓰세요.',
  ],
  [
    '"{type}" is not the name of a device type, such as A100 or cpu.',
    '"{type}"은(는) 장치 종류의 이름이 아닙니다. A100이나 cpu처럼 쓰세요.',
  ],
  [
    'The price per hour must be 0 to 10^9, not {price}.',
    '시간당 가격은 0에서 10^9까지여야 합니다({price}은(는) 안 됩니다).',
  ],
  [
    'The spot factor must be more than 0 and at most 1, not {factor}.',
    '스팟 비율은 0보다 크고 1 이하여야 합니다({factor}은(는) 안 됩니다).',
  ],
  [
    '"{month}" is not a month: write it as 2026-11.',
    '"{month}"은(는) 달이 아닙니다. 2026-11처럼 쓰세요.',
  ],
  [
    'A budget is for one project, one person, or everything: name at most one.',
    '예산은 프로젝트 하나, 사람 하나, 또는 전체에 정합니다. 하나까지만 고르세요.',
  ],
  [
    'The amount must be 0 to 10^12, not {amount}.',
    '금액은 0에서 10^12까지여야 합니다({amount}은(는) 안 됩니다).',
  ],

  // 대기열
  [
    'This run is {state}: only waiting ones have a place in the queue.',
    '{state} 상태의 실행입니다. 대기 중인 실행만 대기열에 자리가 있습니다.',
  ],
  [
    'The queue name "{name}" must be 1 to 40 of a-z, 0-9 and "-", beginning and ending with a letter or digit.',
    '대기열 이름 "{name}"은(는) a-z, 0-9, "-" 1~40자로, 글자나 숫자로 시작하고 끝나야 합니다.',
  ],
  ['A queue has at most 20 node labels.', '대기열의 노드 라벨은 20개까지입니다.'],
  [
    '"{label}" is not a node label with a value.',
    '"{label}"은(는) 값이 있는 노드 라벨이 아닙니다.',
  ],
  [
    'Node labels are an object of texts, such as {"pool": "vision"}.',
    '노드 라벨은 {"pool": "vision"} 같은 글자들의 객체입니다.',
  ],

  // 실행의 실패
  [
    'The image of the step "{step}" could not be pulled.',
    '"{step}" 단계의 이미지를 가져오지 못했습니다.',
  ],
  [
    'Check the image’s name and tag in the plan, and that the cluster may pull from its registry; then start the run again.',
    '계획에 적힌 이미지 이름과 태그, 클러스터가 그 레지스트리에서 가져올 수 있는지 확인한 뒤 다시 시작하세요.',
  ],
  ['The step "{step}" was moved off its node.', '"{step}" 단계가 노드에서 밀려났습니다.'],
  [
    'The node was short of something, or is being drained.',
    '노드의 자원이 모자라거나 노드를 비우는 중입니다.',
  ],
  [
    'It goes on from its last checkpoint on another node by itself.',
    '마지막 체크포인트부터 다른 노드에서 저절로 이어집니다.',
  ],
  [
    'The step "{step}" had to make room for work that the cluster finds more important.',
    '클러스터가 더 중요하게 보는 일에 "{step}" 단계가 자리를 내주었습니다.',
  ],
  [
    'It goes on from its last checkpoint by itself when there is room.',
    '자리가 나면 마지막 체크포인트부터 저절로 이어집니다.',
  ],
  [
    'The node on which the step "{step}" ran is gone.',
    '"{step}" 단계가 실행되던 노드가 사라졌습니다.',
  ],
  ['It stopped answering.', '응답이 끊겼습니다.'],
  [
    'The step "{step}" was removed from the cluster by somebody else.',
    '다른 누군가가 "{step}" 단계를 클러스터에서 지웠습니다.',
  ],
  ['It goes on from its last checkpoint by itself.', '마지막 체크포인트부터 저절로 이어집니다.'],
  [
    'The files of the step "{step}" could not be moved.',
    '"{step}" 단계의 파일을 옮기지 못했습니다.',
  ],
  [
    'Check that pods reach AUTODIDACT_PUBLIC_URL and the store; it is tried again by itself.',
    '파드에서 AUTODIDACT_PUBLIC_URL과 저장소에 닿는지 확인하세요. 저절로 다시 시도합니다.',
  ],
  [
    'The step "{step}" reached its time limit and was stopped.',
    '"{step}" 단계가 시간 제한에 걸려 멈췄습니다.',
  ],
  ['It was still running when its time was over.', '시간이 끝났을 때도 실행 중이었습니다.'],
  ['Its last words: {line~}', '마지막 출력: {line}'],
  [
    'Allow it more time in the plan, or give it less to do (fewer steps, a smaller resolution).',
    '계획에서 시간을 늘리거나 할 일을 줄이세요(스텝 수, 해상도).',
  ],
  ['The step "{step}" was stopped from outside.', '"{step}" 단계를 밖에서 멈췄습니다.'],
  [
    'The machine shut down, or somebody ended its process.',
    '컴퓨터가 꺼졌거나 누군가 프로세스를 끝냈습니다.',
  ],
  ['The step "{step}" could not be started.', '"{step}" 단계를 시작하지 못했습니다.'],
  [
    "Remove the components' Python environment (its cache folder); it is made anew at the next start.",
    '구성 요소의 파이썬 환경(캐시 폴더)을 지우세요. 다음에 시작할 때 새로 만들어집니다.',
  ],
  [
    'The disk is full: the step "{step}" could not write its results.',
    '디스크가 가득 차서 "{step}" 단계가 결과를 쓰지 못했습니다.',
  ],
  [
    'The disk is full: the step "{step}" could not be prepared.',
    '디스크가 가득 차서 "{step}" 단계를 준비하지 못했습니다.',
  ],
  [
    'The disk is full: the step "{step}" could not store its results.',
    '디스크가 가득 차서 "{step}" 단계의 결과를 저장하지 못했습니다.',
  ],
  [
    'No space is left on the disk that holds the data folder.',
    '데이터 폴더가 있는 디스크에 남은 공간이 없습니다.',
  ],
  [
    'Free some space on the disk that holds the data folder, then start the run again.',
    '데이터 폴더가 있는 디스크를 비운 뒤 다시 시작하세요.',
  ],
  ['Free some space, then start the run again.', '공간을 비운 뒤 다시 시작하세요.'],
  [
    'The step "{step}" filled the disk that its pod was given.',
    '"{step}" 단계가 파드에 주어진 디스크를 다 채웠습니다.',
  ],
  [
    'Ask for more disk or write less; the limit is AUTODIDACT_KUBERNETES_SCRATCH, which an administrator sets.',
    '쓰는 양을 줄이거나 관리자에게 AUTODIDACT_KUBERNETES_SCRATCH를 늘려 달라고 하세요.',
  ],
  [
    'The GPU ran out of memory in the step "{step}".',
    '"{step}" 단계에서 GPU 메모리가 모자랐습니다.',
  ],
  [
    'Choose a smaller batch size or resolution, or a GPU with more memory.',
    '배치 크기나 해상도를 줄이거나 메모리가 더 큰 GPU를 고르세요.',
  ],
  ['The step "{step}" ran out of memory.', '"{step}" 단계에서 메모리가 모자랐습니다.'],
  [
    'The operating system ended its process, as it does when memory is short.',
    '메모리가 모자라 운영체제가 프로세스를 끝냈습니다.',
  ],
  [
    'Choose a smaller batch size or resolution, close other programs, or use a machine with more memory.',
    '배치 크기나 해상도를 줄이거나, 다른 프로그램을 닫거나, 메모리가 더 큰 컴퓨터를 쓰세요.',
  ],
  [
    'The step "{step}" did not find its base model.',
    '"{step}" 단계가 기반 모델을 찾지 못했습니다.',
  ],
  [
    'Put the model into a folder named in AUTODIDACT_BASE_MODELS, connect to the internet, or choose the base model that ships with the platform.',
    '모델을 AUTODIDACT_BASE_MODELS의 폴더에 넣거나, 인터넷에 연결하거나, 플랫폼에 들어 있는 기반 모델을 고르세요.',
  ],
  [
    'The step "{step}" misses a Python package.',
    '"{step}" 단계에 필요한 파이썬 패키지가 없습니다.',
  ],
  [
    'The step "{step}" failed with {how} and said nothing.',
    '"{step}" 단계가 아무 말 없이 실패했습니다({how}).',
  ],
  ['The step "{step}" failed ({how}): {line~}', '"{step}" 단계가 실패했습니다({how}): {line}'],
  ['The step "{step}" failed ({how}).', '"{step}" 단계가 실패했습니다({how}).'],
  ['The step "{step}" failed.', '"{step}" 단계가 실패했습니다.'],
  [
    'Change the setting "{setting}" in the plan, then start again.',
    '계획에서 설정 "{setting}"을(를) 바꾼 뒤 다시 시작하세요.',
  ],
  [
    'Lower the learning rate in the plan, then start again.',
    '계획에서 학습률을 낮춘 뒤 다시 시작하세요.',
  ],
  [
    'Change the resolution in the plan, then start again.',
    '계획에서 해상도를 바꾼 뒤 다시 시작하세요.',
  ],
  [
    'Make the data set anew from the review, then start again.',
    '검토 화면에서 데이터셋을 새로 만든 뒤 다시 시작하세요.',
  ],
  [
    'Choose another base model in the plan, then start again.',
    '계획에서 다른 기반 모델을 고른 뒤 다시 시작하세요.',
  ],
  [
    'Mend what it names in the plan, then start again.',
    '계획에서 여기에 나온 것을 고친 뒤 다시 시작하세요.',
  ],
  ['Its process ended with {how}.', '프로세스가 끝났습니다({how}).'],
  ['exit code {code#}', '종료 코드 {code}', 'part'],
  ['signal {signal}', '신호 {signal}', 'part'],
  [
    'Read the end of its log, change the setting that it names, and start again.',
    '로그의 끝을 읽고 거기에 나온 설정을 바꾼 뒤 다시 시작하세요.',
  ],
  ['The process of the step "{step}" is gone.', '"{step}" 단계의 프로세스가 사라졌습니다.'],
  [
    'It ended without a trace: the machine was restarted, or somebody ended it.',
    '흔적 없이 끝났습니다. 컴퓨터가 다시 시작되었거나 누군가 끝냈습니다.',
  ],
  [
    'The step "{step}" ended well but did not write its output {list}.',
    '"{step}" 단계는 잘 끝났지만 출력 {list}을(를) 쓰지 않았습니다.',
  ],
  ['Nothing lies in {list}.', '{list}에 아무것도 없습니다.'],
  [
    'Let the component write every output that the plan declares, or remove the output from the plan.',
    '구성 요소가 계획의 출력을 모두 쓰게 하거나, 계획에서 그 출력을 빼세요.',
  ],
  ['It is tried again by itself.', '저절로 다시 시도합니다.'],
  [
    'The results of the step "{step}" could not be stored.',
    '"{step}" 단계의 결과를 저장하지 못했습니다.',
  ],
  [
    'It is tried again by itself; check the disk that holds the data folder.',
    '저절로 다시 시도합니다. 데이터 폴더가 있는 디스크를 확인하세요.',
  ],
  ['tried again: {failure}', '다시 시도: {failure}'],
  [
    'The steps ended well, but their model could not be recorded.',
    '단계는 잘 끝났지만 모델을 기록하지 못했습니다.',
  ],
  [
    'Start the plan again: finished steps are not run a second time.',
    '계획을 다시 시작하세요. 끝난 단계는 다시 실행하지 않습니다.',
  ],
  [
    'The step "{step}" cannot start: the components\' Python environment could not be made.',
    '구성 요소의 파이썬 환경을 만들지 못해 "{step}" 단계를 시작할 수 없습니다.',
  ],
  [
    'Mend what the cause names, then start the run again: the environment is then made anew.',
    '원인에 나온 것을 고친 뒤 다시 시작하세요. 환경을 새로 만듭니다.',
  ],
  [
    'This platform runs steps as processes on this machine.',
    '이 플랫폼은 단계를 이 컴퓨터의 프로세스로 실행합니다.',
  ],
  [
    'Use a component of the platform, or connect a cluster.',
    '플랫폼의 구성 요소를 쓰거나 클러스터를 연결하세요.',
  ],
  [
    'No device of this machine fits what the plan asks for.',
    '계획이 요청한 장치가 이 컴퓨터에 없습니다.',
  ],
  [
    "Lower the component's resources in the plan, or run it on a machine that has them.",
    '계획에서 자원을 줄이거나 그 자원이 있는 컴퓨터에서 실행하세요.',
  ],
  ['The step "{step}" misses an input.', '"{step}" 단계의 입력이 없습니다.'],
  [
    'Connect its inputs to outputs that earlier components declare.',
    '앞선 구성 요소의 출력에 입력을 연결하세요.',
  ],
  ['The plan of this run cannot be read.', '이 실행의 계획을 읽을 수 없습니다.'],
  ['Make the plan anew and start it.', '계획을 새로 만들어 시작하세요.'],
  [
    'This run does not start, because it is not what was approved.',
    '승인된 내용과 달라 시작하지 않습니다.',
  ],
  [
    'Submit the plan again: an administrator approves what it is now.',
    '계획을 다시 신청하세요. 관리자가 지금 내용을 승인합니다.',
  ],
  ['Its Job was deleted by somebody else.', '다른 누군가가 Job을 지웠습니다.'],
  ['Its pod was deleted by somebody else.', '다른 누군가가 파드를 지웠습니다.'],
  ['The container went over its memory limit.', '컨테이너가 메모리 한도를 넘었습니다.'],
  ['Its inputs could not be fetched: {why}', '입력을 가져오지 못했습니다: {why}'],
  ['Its outputs could not be delivered: {why}', '출력을 내보내지 못했습니다: {why}'],

  // 단계가 하는 일
  ['preparing environment', '환경 준비 중'],
  ['preparing environment ({percent#} %)', '환경 준비 중 ({percent} %)'],
  ['waiting for free resources', '빈 자원을 기다리는 중'],
  ['waiting for the same step of another run', '다른 실행의 같은 단계를 기다리는 중'],
  ['The plan says that this step runs every time.', '계획에 따라 매번 실행하는 단계입니다.'],
  [
    'Run anew, because {field} since the last time.',
    '지난번과 다르므로 새로 실행했습니다: {field}.',
  ],
  ['Run anew, because {field}.', '새로 실행했습니다: {field}.'],
  ['{field} changed', '{field} 바뀜', 'part'],
  ['its input "{name}" changed', '입력 "{name}" 바뀜', 'part'],
  [
    'the {noun} "{name}" changed from {before} to {after}',
    '{noun} "{name}"이(가) {before}에서 {after}(으)로 바뀜',
  ],
  ['its code or environment', '코드나 환경', 'part'],
  ['its declared outputs', '선언한 출력', 'part'],
  ['the kind of device', '장치 종류'],
  ['the place of its data', '데이터 위치'],
  ['setting', '설정', 'part'],
  ['variable', '변수', 'part'],
  [
    'Not run again: code, settings, inputs and device are the same as in an earlier run, so its results are taken.',
    '코드, 설정, 입력, 장치가 이전 실행과 같아 그 결과를 씁니다.',
  ],
  ['waiting for Kubernetes to make the pod', '쿠버네티스가 파드를 만들기를 기다리는 중'],
  ['waiting for a node: {why}', '노드를 기다리는 중: {why}'],
  ['waiting for an image: {why}', '이미지를 기다리는 중: {why}'],
  ['starting the container', '컨테이너를 시작하는 중'],
  ['ending what is left of it', '남은 것을 정리하는 중'],
  [
    'waiting for the cluster, which does not answer ({why})',
    '응답하지 않는 클러스터를 기다리는 중 ({why})',
  ],
  [
    'waiting for the cluster at {server}, which does not answer',
    '응답하지 않는 클러스터 {server}을(를) 기다리는 중',
  ],
  ['waiting for the cluster: {why}', '클러스터를 기다리는 중: {why}'],
  [
    'waiting for the right to run steps in {namespace}',
    '{namespace}에서 단계를 실행할 권한을 기다리는 중',
  ],
  [
    'waiting for {name} to be gone from the cluster',
    '{name}이(가) 클러스터에서 사라지기를 기다리는 중',
  ],
  ["waiting for the cluster's quota: {why}", '클러스터의 할당량을 기다리는 중: {why}'],
  ['waiting for the namespace: {why}', '네임스페이스를 기다리는 중: {why}'],
  ['made when the first run starts', '첫 실행 때 만들어집니다'],
  ['looking for Python', '파이썬을 찾는 중'],
  ['downloading {what}', '{what} 내려받는 중'],
  ['installing {what}', '{what} 설치 중'],
  [
    'In the namespace {namespace} the Job {name} was made for something else than this step asks for. Remove it, then start the run again.',
    '네임스페이스 {namespace}의 Job {name}은(는) 이 단계의 것이 아닙니다. 지운 뒤 다시 시작하세요.',
  ],
  [
    '{path} is there already and not ours ({label} is {value}). Remove it, or choose another namespace prefix; then start the run again.',
    '{path}이(가) 이미 있지만 이 플랫폼의 것이 아닙니다({label}: {value}). 지우거나 다른 네임스페이스 접두어를 고른 뒤 다시 시작하세요.',
  ],
  [
    'The namespace {namespace} does not enforce the "{level}" pod security standard any more: label it so again, then start the run again.',
    '네임스페이스 {namespace}이(가) 파드 보안 표준 "{level}"을(를) 더는 강제하지 않습니다. 라벨을 되돌린 뒤 다시 시작하세요.',
  ],
  [
    'The cluster does not allow the platform to do this: {why}. Compare its rights with deploy/rbac.',
    '클러스터가 허락하지 않았습니다: {why}. 권한을 deploy/rbac과 견주어 보세요.',
  ],

  // 클러스터와 장치
  [
    'This cluster is no longer configured: add its context to the kubeconfig again.',
    '더는 설정되지 않은 클러스터입니다. kubeconfig에 컨텍스트를 다시 넣으세요.',
  ],
  ['No cluster is configured.', '설정된 클러스터가 없습니다.'],
  [
    'The cluster "{name}" does not answer; its figures are of {at}. Check its API server and the kubeconfig.',
    '클러스터 "{name}"이(가) 응답하지 않습니다. {at}의 수치입니다. API 서버와 kubeconfig를 확인하세요.',
  ],
  [
    'The cluster "{name}" does not answer. Check its API server and the kubeconfig.',
    '클러스터 "{name}"이(가) 응답하지 않습니다. API 서버와 kubeconfig를 확인하세요.',
  ],
  [
    'The cluster "{name}" does not answer: its devices cannot be looked at now.',
    '클러스터 "{name}"이(가) 응답하지 않아 지금은 장치를 볼 수 없습니다.',
  ],
  [
    '"{memory}" is not an amount of memory: write it as "32GB".',
    '"{memory}"은(는) 메모리 크기가 아닙니다. "32GB"처럼 쓰세요.',
  ],
  [
    '"{memory}" is not an amount of GPU memory: write it as "24GB".',
    '"{memory}"은(는) GPU 메모리 크기가 아닙니다. "24GB"처럼 쓰세요.',
  ],
  [
    'The GPU share {share} cannot be read: use "full", "time_slice", "mps", "mig:1g.10gb", or hami with memory ("8GB") and cores (1 to 100).',
    'GPU 나누기 {share}을(를) 읽을 수 없습니다. "full", "time_slice", "mps", "mig:1g.10gb", 또는 메모리("8GB")와 코어(1~100)가 있는 hami를 쓰세요.',
  ],
  [
    '"{text}" names {count} GPU types: at most {most} can stand in for each other.',
    '"{text}"에 GPU 종류가 {count}개 있습니다. 서로 대신할 수 있는 것은 {most}개까지입니다.',
  ],
  ['Local processes', '이 컴퓨터의 프로세스'],
  ['Dynamic Resource Allocation', '동적 자원 할당(DRA)'],
  ['NVIDIA device plugin', 'NVIDIA 장치 플러그인'],
  ['GPU sharing: {how}', 'GPU 나누기: {how}'],
  [
    'Used CPU and memory are not measured: the cluster has no metrics server, or its kubelets may not be asked.',
    'CPU와 메모리 사용량을 측정할 수 없습니다. 클러스터에 metrics server가 없거나 kubelet에 물을 권한이 없습니다.',
  ],
  [
    'Used CPU and memory are measured on {known} of {all} nodes.',
    'CPU와 메모리 사용량은 노드 {all}대 중 {known}대에서 측정됩니다.',
  ],
  ['Use is measured of {seen} of {all} GPUs.', 'GPU {all}장 중 {seen}장의 사용량을 측정합니다.'],
  [
    'Used GPUs are not measured: set AUTODIDACT_PROMETHEUS to a Prometheus with DCGM metrics.',
    'GPU 사용량을 측정할 수 없습니다. DCGM 지표가 있는 Prometheus를 AUTODIDACT_PROMETHEUS에 지정하세요.',
  ],
  [
    'Used GPUs are not measured: Prometheus has no DCGM metrics (DCGM_FI_DEV_GPU_UTIL).',
    'GPU 사용량을 측정할 수 없습니다. Prometheus에 DCGM 지표(DCGM_FI_DEV_GPU_UTIL)가 없습니다.',
  ],
  [
    'Used GPUs are not measured: Prometheus does not answer ({cause}).',
    'GPU 사용량을 측정할 수 없습니다. Prometheus가 응답하지 않습니다({cause}).',
  ],
  ['Its kubelet does not report any more.', 'kubelet이 더는 보고하지 않습니다.'],
  ['It is not ready.', '준비되지 않았습니다.'],
  ['It is tainted {key}.', '테인트 {key}이(가) 있습니다.'],
  [
    'It is cordoned: what runs ends there, nothing new begins.',
    '비우는 중입니다. 실행 중인 것은 끝나고 새것은 시작되지 않습니다.',
  ],
  ['Under {pressure}.', '{pressure} 상태입니다.'],
  [
    'The driver has published {got} of {all} slices of the pool {pool}: its devices cannot be used yet.',
    '드라이버가 풀 {pool}의 조각 {all}개 중 {got}개만 알렸습니다. 아직 장치를 쓸 수 없습니다.',
  ],
  [
    'The pool {pool} names a device twice: the scheduler refuses it.',
    '풀 {pool}에 같은 장치가 두 번 있어 스케줄러가 거부합니다.',
  ],
  [
    '{matching#} of {all#} GPUs of this machine match; {wanted#} is asked for.',
    '이 컴퓨터의 GPU {all}장 중 {matching}장이 맞습니다. 요청은 {wanted}장입니다.',
  ],
  [
    '{matching#} of {all#} GPUs of this machine match; {wanted#} are asked for.',
    '이 컴퓨터의 GPU {all}장 중 {matching}장이 맞습니다. 요청은 {wanted}장입니다.',
  ],
  ['It is no {type}.', '{type}이(가) 아닙니다.'],
  ['It has less than {memory} of memory.', '메모리가 {memory}보다 작습니다.'],
  [
    '{free#} of {matching#} matching devices are free: {nodes#} node can take {asked} now.',
    '맞는 장치 {matching}개 중 {free}개가 비어 있습니다. 지금 노드 {nodes}대가 {asked}을(를) 맡을 수 있습니다.',
  ],
  [
    '{free#} of {matching#} matching devices are free: {nodes#} nodes can take {asked} now.',
    '맞는 장치 {matching}개 중 {free}개가 비어 있습니다. 지금 노드 {nodes}대가 {asked}을(를) 맡을 수 있습니다.',
  ],
  ['No device matches {asked}: there is none.', '{asked}에 맞는 장치가 없습니다.'],
  ['No device matches {asked} ({reasons;}).', '{asked}에 맞는 장치가 없습니다({reasons}).'],
  [
    '{free#} of {matching#} matching devices are free, but no node can take {asked} now.',
    '맞는 장치 {matching}개 중 {free}개가 비어 있지만, 지금 {asked}을(를) 맡을 노드가 없습니다.',
  ],
  [
    '{free#} of {matching#} matching devices are free, but no node can take {asked} now ({node}: {why}).',
    '맞는 장치 {matching}개 중 {free}개가 비어 있지만, 지금 {asked}을(를) 맡을 노드가 없습니다({node}: {why}).',
  ],
  [
    '{matching#} devices match, but no node can take {asked}.',
    '장치 {matching}개가 맞지만 {asked}을(를) 맡을 노드가 없습니다.',
  ],
  [
    '{matching#} devices match, but no node can take {asked} ({node}: {why}).',
    '장치 {matching}개가 맞지만 {asked}을(를) 맡을 노드가 없습니다({node}: {why}).',
  ],
  [
    "The scheduler cannot place {asked}: {broken}. Have an administrator look at that device's driver.",
    '스케줄러가 {asked}의 자리를 정할 수 없습니다: {broken}. 관리자에게 그 장치의 드라이버를 확인해 달라고 하세요.',
  ],
  ['{count#} x {type}: {why}', '{type} {count}개: {why}', 'part'],
  ['{count#} x {kinds} with at least {memory}', '{kinds} {count}개(각 {memory} 이상)', 'part'],
  [
    '{count#} x {kinds} with at least {memory}, shared by time slices',
    '{kinds} {count}개(각 {memory} 이상, 시간 분할 공유)',
  ],
  ['{count#} x {kinds}, shared by time slices', '{kinds} {count}개(시간 분할 공유)', 'part'],
  ['{count#} x {kinds}, shared by MPS', '{kinds} {count}개(MPS 공유)', 'part'],
  ['{count#} x {kinds}, as MIG {profile}', '{kinds} {count}개(MIG {profile})', 'part'],
  [
    '{count#} x {kinds}, as a slice of {mib#} MiB by HAMi',
    '{kinds} {count}개(HAMi {mib} MiB 조각)',
  ],
  ['{count#} x {kinds}', '{kinds} {count}개', 'part'],
  ['unnamed', '이름 없음', 'part'],
  ['its node has no label {key}', '노드에 라벨 {key}이(가) 없음', 'part'],
  [
    'it has {has} of memory, at least {least} are asked for',
    '메모리가 {has}인데 {least} 이상이 필요함',
  ],
  [
    'it has {has} of memory, at least {least} are asked for ({text})',
    '메모리가 {has}인데 {least} 이상({text})이 필요함',
  ],
  [
    'it has {has} of memory, {asked} are asked for',
    '메모리가 {has}인데 {asked}이(가) 필요함',
    'part',
  ],
  ['it is a {value}, not what is asked for', '{value}이며 요청한 종류가 아님', 'part'],
  ['it is a {value}, not a {type}', '{value}이며 {type}이(가) 아님', 'part'],
  [
    'its node hands out slices ({key} is {value})',
    '노드가 조각으로 나누어 줌({key}: {value})',
    'part',
  ],
  ["its node's {key} is {value}, not {values}", '노드의 {key} 값이 {values}이(가) 아니라 {value}'],
  ['its driver is {driver}', '드라이버가 {driver}', 'part'],
  ['its driver does not tell its architecture', '드라이버가 아키텍처를 알리지 않음', 'part'],
  ['its driver does not tell its type', '드라이버가 종류를 알리지 않음', 'part'],
  ['its driver does not tell its memory', '드라이버가 메모리를 알리지 않음', 'part'],
  ['its architecture is {value}, not {asked}', '아키텍처가 {asked}이(가) 아니라 {value}', 'part'],
  ['it is not a MIG slice', 'MIG 조각이 아님', 'part'],
  ['its MIG profile is {value}, not {asked}', 'MIG 프로필이 {asked}이(가) 아니라 {value}', 'part'],
  ['it is down: {why}', '다운됨: {why}', 'part'],
  ['it is drained: nothing new begins there', '비우는 중이라 새로 시작할 수 없음', 'part'],
  ['its taint {taint} keeps runs off', '테인트 {taint} 때문에 실행할 수 없음', 'part'],
  ['it does not belong to the pool {label}', '풀 {label}에 속하지 않음', 'part'],
  ['its node is down: {why}', '노드가 다운됨: {why}', 'part'],
  [
    'its node is drained: nothing new begins there',
    '노드를 비우는 중이라 새로 시작할 수 없음',
    'part',
  ],
  ["its node's taint {taint} keeps runs off", '노드의 테인트 {taint} 때문에 실행할 수 없음'],
  ['its node does not belong to the pool {label}', '노드가 풀 {label}에 속하지 않음', 'part'],
  ['it has {has#} cores, {asked#} are asked for', '{has}코어인데 {asked}코어가 필요함', 'part'],
  [
    '{free#} of its {all#} cores are free, {asked#} are asked for',
    '{all}코어 중 {free}코어가 비어 있는데 {asked}코어가 필요함',
  ],
  [
    '{free} of its memory are free, {asked} are asked for',
    '메모리 {free}이(가) 비어 있는데 {asked}이(가) 필요함',
  ],
  ['it holds as many pods as it may', '파드를 더 받을 수 없음', 'part'],
  [
    '{free#} of its matching devices are free, {asked#} are asked for',
    '맞는 장치 {free}개가 비어 있는데 {asked}개가 필요함',
  ],
  [
    'none of its devices match, {asked#} are asked for',
    '맞는 장치가 없는데 {asked}개가 필요함',
    'part',
  ],
  [
    'only {most#} of its devices match, {asked#} are asked for',
    '{most}개만 맞는데 {asked}개가 필요함',
  ],
  [
    'it has {has#} x {name}, {asked#} are asked for',
    '{name}이(가) {has}개인데 {asked}개가 필요함',
    'part',
  ],
  [
    '{free#} of its {all#} x {name} are free, {asked#} are asked for',
    '{name} {all}개 중 {free}개가 비어 있는데 {asked}개가 필요함',
  ],
  ['it has no {name}', '{name}이(가) 없음', 'part'],
  [
    'its node hands it out by a device plugin, which cannot tell devices apart',
    '노드가 장치를 구별하지 못하는 장치 플러그인으로 나누어 줌',
  ],
  ['it is handed out as {name}', '{name}(으)로 나누어 줌', 'part'],
  [
    'it is handed out by claims, which this request does not make',
    '클레임으로만 나누어 주는데 이 요청에는 클레임이 없음',
  ],
  [
    'the cluster cannot judge it ({why}): its driver left something out that the DeviceClass reads',
    '클러스터가 판단할 수 없음({why}): DeviceClass가 읽는 것을 드라이버가 빠뜨림',
  ],
  ['it is a MIG slice, whole devices are asked for', 'MIG 조각인데 통째인 장치가 필요함', 'part'],
  ['it is of another class', '다른 DeviceClass의 장치', 'part'],
  ['it is tainted {key}', '테인트 {key}이(가) 있음', 'part'],
  ['its node {node} is not there', '노드 {node}이(가) 없음', 'part'],
  [
    '{what} selects devices by an expression that the preview cannot read: "{source}". The scheduler alone can tell which match.',
    '{what}이(가) 미리보기가 읽지 못하는 식으로 장치를 고릅니다: "{source}". 어느 장치가 맞는지는 스케줄러만 압니다.',
  ],
  ['The DeviceClass {name}', 'DeviceClass {name}'],
  ['The request', '요청', 'part'],
  ['This cluster has no DeviceClass {name}.', '이 클러스터에 DeviceClass {name}이(가) 없습니다.'],
  [
    'No node of this cluster has a GPU of type "{type}": {what}.',
    '이 클러스터에 "{type}" GPU가 있는 노드가 없습니다: {what}.',
  ],
  [
    'its nodes do not say which GPUs they have (GPU feature discovery is missing)',
    '노드가 어떤 GPU가 있는지 알리지 않음(GPU feature discovery가 없음)',
  ],
  ['it has {list}', '있는 것: {list}', 'part'],
  [
    'No node of this cluster has a GPU of the architecture {kind}: it has {list}.',
    '이 클러스터에 {kind} 아키텍처의 GPU가 있는 노드가 없습니다. 있는 것: {list}.',
  ],
  ['none that says so', '알리는 것이 없음'],
  [
    'A GPU with at least {memory} cannot be asked of this cluster: it has neither Dynamic Resource Allocation nor the node label {label}. Ask for a GPU type instead.',
    '이 클러스터에는 "{memory} 이상"을 요청할 수 없습니다. 동적 자원 할당도 노드 라벨 {label}도 없습니다. 대신 GPU 종류를 요청하세요.',
  ],
  [
    'This cluster has no MIG slices of {profile}: ask for a whole GPU, or have an administrator partition one.',
    '이 클러스터에 {profile} MIG 조각이 없습니다. 통째인 GPU를 요청하거나 관리자에게 나누어 달라고 하세요.',
  ],
  [
    "This cluster shares no GPU by {how}: ask for a whole GPU or a MIG slice, or have an administrator configure the device plugin's sharing.",
    '이 클러스터는 GPU를 {how} 방식으로 나누지 않습니다. 통째인 GPU나 MIG 조각을 요청하거나, 관리자에게 장치 플러그인의 공유를 설정해 달라고 하세요.',
  ],
  [
    'This cluster has no HAMi: ask for a whole GPU, a MIG slice or "time_slice".',
    '이 클러스터에 HAMi가 없습니다. 통째인 GPU, MIG 조각, 또는 "time_slice"를 요청하세요.',
  ],
  [
    'This cluster has no GPUs that it can hand out: neither a device plugin (nvidia.com/gpu) nor the DeviceClass gpu.nvidia.com.',
    '이 클러스터에는 나누어 줄 GPU가 없습니다. 장치 플러그인(nvidia.com/gpu)도 DeviceClass gpu.nvidia.com도 없습니다.',
  ],
  [
    'Whether pods of the cluster reach the platform at {url} could not be tried ({cause}).',
    '클러스터의 파드가 {url}에 닿는지 시험하지 못했습니다({cause}).',
  ],
  [
    'Pods of the cluster do not reach the platform at {url} ({cause}). Set AUTODIDACT_PUBLIC_URL to an address that they reach, and let the platform listen there (HOST).',
    '클러스터의 파드가 {url}에 닿지 못합니다({cause}). 파드가 닿는 주소를 AUTODIDACT_PUBLIC_URL에 지정하고 플랫폼이 그 주소에서 듣게 하세요(HOST).',
  ],
  [
    'The embedded database is for one machine and one process; use DATABASE_URL for more.',
    '내장 데이터베이스는 컴퓨터 한 대, 프로세스 하나에만 씁니다. 그 이상이면 DATABASE_URL을 쓰세요.',
  ],

  // 저장소
  [
    'Only {megabytes} MB are free for the platform’s data.',
    '플랫폼 데이터를 둘 공간이 {megabytes} MB만 남았습니다.',
  ],
  ['The data folder cannot be written to.', '데이터 폴더에 쓸 수 없습니다.'],
  [
    'The bucket "{bucket}" takes nothing more. Nothing was lost: free some space, then try again.',
    '버킷 "{bucket}"에 더 쓸 수 없습니다. 잃은 것은 없습니다. 공간을 비운 뒤 다시 시도하세요.',
  ],
  ['There is no file by this name in the store.', '저장소에 그런 이름의 파일이 없습니다.'],
  ['This file is no longer in the store.', '이 파일은 저장소에 더 없습니다.'],
  [
    'This file is larger than {most} MB, the most that is taken here.',
    '파일이 {most} MB보다 큽니다. 여기서 받는 최대 크기입니다.',
  ],

  // 사진과 업로드
  [
    'This picture has {width} x {height} pixels; up to {most} million are taken. Make it smaller, then add it again.',
    '{width} x {height} 픽셀입니다. {most}백만 픽셀까지 받습니다. 줄인 뒤 다시 추가하세요.',
  ],
  [
    'Only {width} x {height} pixels: too small to learn from ({least} at the shorter side at least).',
    '{width} x {height} 픽셀로 학습하기에 너무 작습니다(짧은 쪽이 {least} 이상이어야 합니다).',
  ],
  [
    'Nearly one single colour: there is nothing to learn from it.',
    '거의 한 가지 색이라 배울 것이 없습니다.',
  ],
  ['Blurred: no part of this picture is sharp.', '흐림: 선명한 곳이 없습니다.'],
  ['This file is empty (0 bytes).', '빈 파일입니다(0바이트).'],
  [
    'This is a text file, not a picture, whatever its name says.',
    '이름과 달리 사진이 아니라 글 파일입니다.',
  ],
  [
    'SVG drawings are not taken: save it as PNG, then add it again.',
    'SVG는 받지 않습니다. PNG로 저장한 뒤 다시 추가하세요.',
  ],
  [
    'HEIC pictures cannot be read here: save it as JPEG, then add it again.',
    'HEIC는 읽을 수 없습니다. JPEG로 저장한 뒤 다시 추가하세요.',
  ],
  [
    'BMP pictures cannot be read here: save it as PNG, then add it again.',
    'BMP는 읽을 수 없습니다. PNG로 저장한 뒤 다시 추가하세요.',
  ],
  ['This is a PDF document, not a picture.', '사진이 아니라 PDF 문서입니다.'],
  [
    'This is a zip file, not a picture; as a zip it must end in .zip and must not lie in another zip.',
    '사진이 아니라 zip 파일입니다. zip은 이름이 .zip으로 끝나야 하고 다른 zip 안에 있으면 안 됩니다.',
  ],
  [
    'This is not a picture that can be read here (PNG, JPEG or WebP).',
    '읽을 수 있는 사진(PNG, JPEG, WebP)이 아닙니다.',
  ],
  [
    'This picture is cut off: the file ends before the picture does. Copy or export it again.',
    '사진이 잘렸습니다. 다시 복사하거나 내보내세요.',
  ],
  [
    'This picture is damaged and cannot be read. Copy or export it again.',
    '손상되어 읽을 수 없는 사진입니다. 다시 복사하거나 내보내세요.',
  ],
  ['The same file as {name}.', '{name}과(와) 같은 파일입니다.'],
  ['Looks the same as {name}.', '{name}과(와) 똑같아 보입니다.'],
  ['Looks the same as a picture that is already here.', '이미 있는 사진과 똑같아 보입니다.'],
  ['The same file was sent at the same time.', '같은 파일을 동시에 보냈습니다.'],
  ['It could not be taken in here: send it again.', '받지 못했습니다. 다시 보내세요.'],
  ['Set aside by hand.', '직접 빼 두었습니다.'],
  [
    'This upload address is used up, too old or mistyped: ask for a new one.',
    '이미 썼거나 오래되었거나 틀린 업로드 주소입니다. 다시 시도하세요.',
  ],
  [
    'A caption has at most 1,000 characters; this one has {count}.',
    '캡션은 1,000자까지입니다({count}자).',
  ],
  [
    'More than {most} files at once: add them in several goes, or as a zip.',
    '한 번에 {most}개까지입니다. 나누어 추가하거나 zip으로 묶으세요.',
  ],
  ['This zip is larger than {most} MB, the most that is taken.', 'zip이 {most} MB보다 큽니다.'],
  ['This file is larger than {most} MB, the most that is taken.', '파일이 {most} MB보다 큽니다.'],
  [
    'This file is larger than {most} MB, the most that is taken for one picture.',
    '사진 한 장은 {most} MB까지입니다.',
  ],
  [
    'This upload is larger than {most} MB: add the pictures in several goes.',
    '한 번에 {most} MB까지입니다. 사진을 나누어 추가하세요.',
  ],
  [
    'The upload was cut off: what had arrived whole is kept, add the rest again.',
    '업로드가 끊겼습니다. 다 온 사진은 남아 있습니다. 나머지를 다시 추가하세요.',
  ],
  [
    'This zip file is damaged and cannot be opened. Make it again.',
    'zip 파일이 손상되어 열 수 없습니다. 다시 만드세요.',
  ],
  [
    'This zip holds {count} files; up to {most} are taken at once. Split it.',
    'zip에 파일이 {count}개 있습니다. {most}개까지 받으니 나누세요.',
  ],
  [
    'The rest of this zip is damaged and cannot be read.',
    'zip의 나머지가 손상되어 읽을 수 없습니다.',
  ],
  [
    'Its name points outside of the zip ("../"): not unpacked.',
    '이름이 zip 밖("../")을 가리켜 풀지 않았습니다.',
  ],
  ['Its name is an absolute path: not unpacked.', '이름이 절대 경로라 풀지 않았습니다.'],
  ['This is a link, not a file: not unpacked.', '파일이 아니라 링크라 풀지 않았습니다.'],
  ['This is not an ordinary file: not unpacked.', '보통 파일이 아니라 풀지 않았습니다.'],
  [
    'This file is locked by a password. Zip it without a password.',
    '암호가 걸린 파일입니다. 암호 없이 묶으세요.',
  ],
  [
    'This file is packed in a way that cannot be read. Zip it in the ordinary way.',
    '읽을 수 없는 방식으로 압축되었습니다. 보통 방식으로 묶으세요.',
  ],
  [
    'Unpacked, this zip is larger than {most} MB: the rest is left out. Split it.',
    '풀면 {most} MB보다 커서 나머지는 뺐습니다. 나누세요.',
  ],
  [
    'A zip inside a zip is not unpacked: add it by itself.',
    'zip 안의 zip은 풀지 않습니다. 따로 추가하세요.',
  ],
  [
    'This file is damaged inside the zip and cannot be unpacked.',
    'zip 안에서 손상되어 풀 수 없는 파일입니다.',
  ],
  ['The image {id} is not in this pool.', '이미지 {id}은(는) 이 풀에 없습니다.'],
  ['The image {id} is not there any more.', '이미지 {id}은(는) 더 없습니다.'],
  ['The image {id} is not used in this review.', '이미지 {id}은(는) 이 검토에서 쓰지 않습니다.'],
  [
    '{name} is excluded: use it anyway first.',
    '{name}은(는) 제외되어 있습니다. 먼저 “그래도 사용”을 누르세요.',
  ],
  ['The better models are still being prepared.', '더 나은 모델을 준비하는 중입니다.'],
  ['{title} compares the pictures: {where}.', '{title}이(가) 사진을 견줍니다: {where}.'],
  [
    '{title} compares the pictures: {where} ({missing;}).',
    '{title}이(가) 사진을 견줍니다: {where} ({missing}).',
  ],
  [
    '{title}: its weights are not on this machine and downloads are off',
    '{title}: 가중치가 이 컴퓨터에 없고 내려받기가 꺼져 있음',
    'part',
  ],
  [
    '{title}: its weights are not on this machine and the Hugging Face hub cannot be reached',
    '{title}: 가중치가 이 컴퓨터에 없고 Hugging Face 허브에 닿지 않음',
    'part',
  ],
  [
    '{title}: it is made ready together with the training environment, which is not there yet',
    '{title}: 학습 환경과 함께 준비되는데 아직 없음',
    'part',
  ],
  ['{title}: its description file is damaged', '{title}: 설명 파일이 손상됨', 'part'],
  [
    'a vision network that also tells what a picture shows',
    '무엇이 찍혔는지도 아는 비전 신경망',
    'part',
  ],
  [
    'it is built in and looks at colours and shapes only, so similar means similar-looking',
    '내장되어 있고 색과 모양만 봅니다',
  ],
  ['its weights are in the models folder', '가중치가 모델 폴더에 있습니다', 'part'],
  ['its weights come from the Hugging Face hub', '가중치를 Hugging Face 허브에서 받습니다', 'part'],

  // 검토와 데이터셋
  [
    'This review is finished: start a new one to judge more pictures.',
    '끝난 검토입니다. 더 고르려면 새로 시작하세요.',
  ],
  [
    'The pool has no picture to judge: upload some, or use an excluded one anyway.',
    '고를 사진이 없습니다. 사진을 올리거나 제외된 사진을 쓰세요.',
  ],
  [
    'The pictures are still being looked at ({done} of {total}): try again in a moment.',
    '사진을 살펴보는 중입니다({total}장 중 {done}장). 잠시 뒤 다시 시도하세요.',
  ],
  [
    '"size" is {size}: a round has 1 to 100 candidates.',
    '한 회차는 1장에서 100장까지입니다({size}은(는) 안 됩니다).',
  ],
  [
    '"size" is {size}: a data set has 1 image or more.',
    '데이터셋은 사진 1장 이상입니다({size}은(는) 안 됩니다).',
  ],
  [
    '"strategy" is "{name}": choose one of {list}.',
    '"{name}" 방식은 없습니다. 쓸 수 있는 것: {list}.',
  ],
  [
    'Every picture has been shown: finish the review, or upload more pictures.',
    '모든 사진을 보았습니다. 검토를 마치거나 사진을 더 올리세요.',
  ],
  [
    'Others took the next pictures: ask for the next again.',
    '다음 사진을 다른 사람이 맡았습니다. 다시 시도하세요.',
  ],
  [
    '"milliseconds" is {count}: it is how long the person looked, 0 or more.',
    '"milliseconds"는 0 이상이어야 합니다({count}은(는) 안 됩니다).',
  ],
  [
    'This picture was judged in an earlier round, which is over: undo back to it to change the verdict.',
    '지난 회차에서 고른 사진입니다. 바꾸려면 거기까지 되돌리세요.',
  ],
  ['There is no verdict of yours left to take back.', '더 되돌릴 선택이 없습니다.'],
  [
    '{count} images at once: accept at most {most} at a time.',
    '한 번에 {most}장까지 채택할 수 있습니다({count}장은 안 됩니다).',
  ],
  [
    '{count} images: give 1 to {most} at a time.',
    '한 번에 1장에서 {most}장까지입니다({count}장은 안 됩니다).',
  ],
  [
    'The text to search for has {count} characters: 1 to 300.',
    '찾는 말은 1자에서 300자까지입니다({count}자는 안 됩니다).',
  ],
  [
    'These pictures were looked at by {embedder}, which cannot read text: search by a picture instead, or install CLIP.',
    '이 사진들은 {embedder}(으)로 살펴보아 글로 찾을 수 없습니다. 사진으로 찾거나 CLIP을 설치하세요.',
  ],
  [
    'Searching by words needs CLIP; the embedder in use knows pictures only.',
    '말로 찾으려면 CLIP이 필요합니다. 지금 쓰는 것은 사진만 압니다.',
  ],
  [
    'The pictures could not be compared: the embedder stopped. Try again; if it stays so, choose another embedder.',
    '사진을 견주지 못했습니다. 다시 시도하고, 계속되면 다른 임베더를 고르세요.',
  ],
  ['All of these pictures were judged already.', '이미 모두 고른 사진입니다.'],
  ['You asked for it on the map.', '지도에서 직접 요청한 사진입니다.'],
  [
    'No picture is accepted yet: accept at least one, then finish.',
    '아직 채택한 사진이 없습니다. 한 장 이상 채택한 뒤 마치세요.',
  ],
  [
    'No image is accepted yet: accept at least one, then start.',
    '아직 채택한 사진이 없습니다. 한 장 이상 채택한 뒤 시작하세요.',
  ],
  [
    'The two data set versions are of different projects.',
    '서로 다른 프로젝트의 데이터셋 버전입니다.',
  ],
  [
    'The data set version holds no image: accept at least one, then plan.',
    '데이터셋에 사진이 없습니다. 한 장 이상 채택한 뒤 계획하세요.',
  ],
  ['The data set version has no valid hash.', '데이터셋 버전의 해시가 올바르지 않습니다.'],
  [
    'Your share of the vision model for today is used up: go on tomorrow, or write the captions by hand.',
    '오늘 쓸 수 있는 비전 모델 몫을 다 썼습니다. 내일 계속하거나 직접 캡션을 쓰세요.',
  ],
  [
    'The vision model failed several times: it is asked again in a minute.',
    '비전 모델이 여러 번 실패했습니다. 1분 뒤에 다시 묻습니다.',
  ],
  [
    'The vision model {model} did not answer as it should: try again, or write the captions by hand.',
    '비전 모델 {model}의 답이 올바르지 않습니다. 다시 시도하거나 직접 캡션을 쓰세요.',
  ],
  [
    'No vision model is set up: set AUTODIDACT_LLM_URL and AUTODIDACT_CAPTION_MODEL, or write the captions by hand.',
    '비전 모델이 설정되지 않았습니다. AUTODIDACT_LLM_URL과 AUTODIDACT_CAPTION_MODEL을 설정하거나 직접 캡션을 쓰세요.',
  ],
  [
    '"find" is empty: say which text to replace.',
    '바꿀 글이 비어 있습니다. 무엇을 바꿀지 적으세요.',
  ],
  [
    'The caption of {name} would have {count} characters; {most} at most.',
    '{name}의 캡션이 {count}자가 됩니다. {most}자까지입니다.',
  ],
  [
    'The probe needs {least} pictures of which it is known what they show; this pool has {has}.',
    '시험에는 무엇이 찍혔는지 아는 사진 {least}장이 필요한데 {has}장뿐입니다.',
  ],
  [
    'The vision model has not been probed on these pictures yet: probe it first.',
    '이 사진들로 비전 모델을 아직 시험하지 않았습니다. 먼저 시험하세요.',
  ],
  [
    'The vision model failed its probe (it said yes to {percent} % of what is not there): it would invent things.',
    '비전 모델이 시험에 떨어졌습니다(없는 것의 {percent} %를 있다고 답함). 없는 것을 지어낼 수 있습니다.',
  ],
  ['A project’s name has 1 to 200 characters.', '프로젝트 이름은 1자에서 200자까지입니다.'],
  [
    '{stars} stars cannot be given: give 1 to 5.',
    '별 {stars}개는 줄 수 없습니다. 1개에서 5개까지입니다.',
  ],
  ['This version has no sample "{file}".', '이 버전에 "{file}" 샘플이 없습니다.'],

  // 목표와 계획
  ['This goal has not been read.', '아직 읽지 않은 목표입니다.'],
  ['This goal has no revision {revision}.', '이 목표에 {revision}번째 판이 없습니다.'],
  [
    'Somebody changed this plan meanwhile: look at it again, then repeat your change.',
    '그 사이 누군가 이 계획을 바꾸었습니다. 다시 본 뒤 바꾸세요.',
  ],
  ['There is no plan yet that this could change.', '아직 바꿀 계획이 없습니다.'],
  ['operations: there is nothing to apply.', '적용할 것이 없습니다.'],
  ['{path}: this value does not fit ({why}).', '{path}: 맞지 않는 값입니다({why}).'],
  [
    '"{path}" is no slot of an intent: use one of {list}.',
    '"{path}"은(는) 없는 항목입니다. 쓸 수 있는 것: {list}.',
  ],
  ['set by you', '직접 정함', 'part'],
  [
    'baseModel: no base model is called "{value}". Choose one of {list}.',
    '"{value}"라는 기반 모델이 없습니다. 쓸 수 있는 것: {list}.',
  ],
  [
    'strategy: "{title}" is not offered yet. Choose LoRA.',
    '"{title}" 방식은 아직 없습니다. LoRA를 고르세요.',
  ],
  ['This intent gives no valid plan: {problem}', '올바른 계획을 만들 수 없습니다: {problem}'],
  [
    'style: the plan is to learn a look, but no look is named. Name it, for example "watercolor".',
    '스타일을 배우는 계획인데 스타일이 정해지지 않았습니다. 예를 들어 "수채화"라고 적으세요.',
  ],
  [
    'subject.classNoun: say what the subject is (cat, dog, person, mug ...): without it the likeness suffers most.',
    '대상이 무엇인지 적으세요(고양이, 강아지, 사람, 머그컵 …). 없으면 닮은 정도가 크게 떨어집니다.',
  ],
  [
    '{slot}: {base} needs a GPU with {asked} GB, but {has} GB is what there is. Choose a smaller base model.',
    '{base}에는 {asked} GB GPU가 필요한데 {has} GB뿐입니다. 더 작은 기반 모델을 고르세요.',
  ],
  ['changes: give an object by slot.', 'changes: 항목을 이름으로 담은 객체로 주세요.'],
  ['changes: at most 20 slots at a time.', 'changes: 한 번에 20개까지입니다.'],
  ['images: a whole number from 1 to 100,000.', 'images: 1에서 100,000 사이의 정수여야 합니다.'],
  ['spec, to: give both plans or none.', 'spec, to: 두 계획을 모두 주거나 모두 빼세요.'],
  ['to: this is not an earlier version of the same plan.', 'to: 같은 계획의 이전 버전이 아닙니다.'],
  [
    'settings.resolution: {base} is made for {made} px, {asked} px is out of its reach.',
    '{base}은(는) {made} px용이라 {asked} px은 무리입니다.',
  ],
  [
    'No component is called "{name}": there are {list}.',
    '"{name}" 단계가 없습니다. 있는 단계: {list}.',
  ],
  ['"{from}" is not connected to "{to}".', '"{from}"은(는) "{to}"에 연결되어 있지 않습니다.'],
  [
    'Nothing before it gives {input}, which {type} needs.',
    '{type}에 필요한 {input}을(를) 앞에서 주는 단계가 없습니다.',
  ],
  [
    'settings: write an object of names and values, such as {"steps": 300}.',
    '설정은 {"steps": 300} 같은 이름과 값의 객체로 쓰세요.',
  ],
  ['The stored plan is unreadable.', '저장된 계획을 읽을 수 없습니다.'],
  ['The plan is unreadable.', '계획을 읽을 수 없습니다.'],

  // 스펙의 잘못
  ['A spec is at most 1 MiB of JSON: this one is larger.', '스펙은 JSON 1 MiB까지입니다.'],
  [
    'A spec nests at most {most} levels deep: this one goes deeper.',
    '스펙은 {most}단계까지 겹칠 수 있습니다.',
  ],
  ['This is not JSON: {cause}', 'JSON이 아닙니다: {cause}'],
  ['{path}: is missing.', '{path}: 없습니다.'],
  [
    'The text at character {at} is not well-formed Unicode.',
    '{at}번째 글자의 유니코드가 올바르지 않습니다.',
  ],
  [
    'The key "{key}" at character {at} stands twice in one object.',
    '{at}번째 글자의 키 "{key}"이(가) 한 객체에 두 번 있습니다.',
  ],
  [
    'The key "__proto__" at character {at} cannot be used.',
    '{at}번째 글자의 키 "__proto__"는 쓸 수 없습니다.',
  ],
  [
    'The number {number} does not survive JSON: write it as text.',
    '숫자 {number}은(는) JSON으로 옮길 수 없습니다. 글자로 쓰세요.',
  ],
  [
    'The pipeline id "{id}" must be "PL-" and six of A-Z and 0-9.',
    '파이프라인 아이디 "{id}"은(는) "PL-"와 A-Z, 0-9 여섯 글자여야 합니다.',
  ],
  [
    'The name of the pipeline must be 1 to 200 printable characters.',
    '파이프라인 이름은 1자에서 200자까지여야 합니다.',
  ],
  [
    'The version "{version}" must look like "1.0.0".',
    '버전 "{version}"은(는) "1.0.0" 꼴이어야 합니다.',
  ],
  [
    'created_at "{at}" is not an ISO 8601 time.',
    'created_at "{at}"은(는) ISO 8601 시각이 아닙니다.',
  ],
  [
    '"{name}" cannot name an environment variable.',
    '"{name}"은(는) 환경 변수 이름이 될 수 없습니다.',
  ],
  [
    'The environment variable "{name}" holds a NUL character.',
    '환경 변수 "{name}"에 NUL 문자가 있습니다.',
  ],
  [
    'The environment variable "{name}" belongs to the platform: choose another name.',
    '환경 변수 "{name}"은(는) 플랫폼의 것입니다. 다른 이름을 고르세요.',
  ],
  [
    'The pipeline has no component: add at least one.',
    '파이프라인에 단계가 없습니다. 하나 이상 추가하세요.',
  ],
  ['A pipeline has at most {most} components.', '파이프라인의 단계는 {most}개까지입니다.'],
  ['A pipeline has at most {most} edges.', '파이프라인의 연결은 {most}개까지입니다.'],
  [
    'Two components are called "{name}" (places {first} and {second}): names must differ.',
    '"{name}" 단계가 둘입니다({first}번째와 {second}번째). 이름이 서로 달라야 합니다.',
  ],
  [
    'The storage type "{type}" is unknown: use local, s3 or distributed.',
    '저장소 종류 "{type}"은(는) 없습니다. local, s3, distributed 중에서 쓰세요.',
  ],
  [
    'The storage path must be 1 to 1000 printable characters.',
    '저장 경로는 1자에서 1000자까지여야 합니다.',
  ],
  [
    'The storage path "{path}" may not contain "." or "..".',
    '저장 경로 "{path}"에 "."이나 ".."을 쓸 수 없습니다.',
  ],
  [
    'The storage path "{path}" must begin with "/".',
    '저장 경로 "{path}"은(는) "/"로 시작해야 합니다.',
  ],
  [
    'The component name {label} must be 1 to 40 of a-z, 0-9 and "-", beginning and ending with a letter or digit.',
    '단계 이름 {label}은(는) a-z, 0-9, "-" 1~40자로, 글자나 숫자로 시작하고 끝나야 합니다.',
  ],
  [
    '{label} has the unknown type "{type}": use {list}.',
    '{label}의 종류 "{type}"은(는) 없습니다. 쓸 수 있는 것: {list}.',
  ],
  [
    'The order of {label} must be a whole number from 1 to 10000, not {order}.',
    '{label}의 순서는 1에서 10000까지의 정수여야 합니다({order}은(는) 안 됩니다).',
  ],
  [
    'The image "{image}" of {label} is not a container image name.',
    '{label}의 이미지 "{image}"은(는) 컨테이너 이미지 이름이 아닙니다.',
  ],
  [
    'The image tag "{tag}" of {label} is not a tag.',
    '{label}의 이미지 태그 "{tag}"은(는) 태그가 아닙니다.',
  ],
  [
    'The port name "{port}" of {label} must be 1 to 40 of a-z, 0-9, "-" and "_".',
    '{label}의 포트 이름 "{port}"은(는) a-z, 0-9, "-", "_" 1~40자여야 합니다.',
  ],
  [
    'The port "{port}" of {label} has the unknown type "{type}": use {list}.',
    '{label}의 포트 "{port}"의 종류 "{type}"은(는) 없습니다. 쓸 수 있는 것: {list}.',
  ],
  ['{label} has two {key} called "{name}".', '{label}에 "{name}"({key})이(가) 둘입니다.'],
  [
    '"{name}" cannot name a parameter of {label}.',
    '"{name}"은(는) {label}의 매개변수 이름이 될 수 없습니다.',
  ],
  [
    'The retries of {label} must be a whole number from 0 to 100, not {retries}.',
    '{label}의 재시도는 0에서 100까지의 정수여야 합니다({retries}은(는) 안 됩니다).',
  ],
  [
    'The timeout "{time}" of {label} must be one second to one year, like "90m", "2h30m" or 3600.',
    '{label}의 시간 제한 "{time}"은(는) 1초에서 1년 사이여야 합니다. "90m", "2h30m", 3600처럼 쓰세요.',
  ],
  [
    'The GPU count of {label} must be a whole number from 0 to {most}, not {count}.',
    '{label}의 GPU 수는 0에서 {most}까지의 정수여야 합니다({count}은(는) 안 됩니다).',
  ],
  [
    'The GPU type "{type}" of {label} is not a type name.',
    '{label}의 GPU 종류 "{type}"은(는) 종류 이름이 아닙니다.',
  ],
  ['The {what} of {label} is negative: "{text}".', '{label}의 {what}이(가) 음수입니다: "{text}".'],
  [
    'The {what} "{text}" of {label} is not an amount: write it as "16GB" or "16Gi".',
    '{label}의 {what} "{text}"은(는) 크기가 아닙니다. "16GB"나 "16Gi"처럼 쓰세요.',
  ],
  [
    'The {what} "{text}" of {label} must be more than nothing and at most 1 PiB.',
    '{label}의 {what} "{text}"은(는) 0보다 크고 1 PiB 이하여야 합니다.',
  ],
  [
    'The CPU "{cpu}" of {label} must be a number of cores such as 2, 0.5 or "500m".',
    '{label}의 CPU "{cpu}"은(는) 2, 0.5, "500m" 같은 코어 수여야 합니다.',
  ],
  [
    'The GPU share of {label} must be "full", "time_slice", "mig:1g.10gb" or hami with memory and cores.',
    '{label}의 GPU 나누기는 "full", "time_slice", "mig:1g.10gb", 또는 메모리와 코어가 있는 hami여야 합니다.',
  ],
  [
    'The edge {from} -> {to} names "{name}", which is no component.',
    '연결 {from} -> {to}의 "{name}"은(는) 없는 단계입니다.',
  ],
  ['"{name}" has no output called "{port}".', '"{name}"에 "{port}" 출력이 없습니다.'],
  ['"{name}" has no input called "{port}".', '"{name}"에 "{port}" 입력이 없습니다.'],
  ['The edge {from} -> {to} stands twice.', '연결 {from} -> {to}이(가) 두 번 있습니다.'],
  ['"{name}" is connected to itself.', '"{name}"이(가) 자기 자신에게 연결되어 있습니다.'],
  [
    '"{a}" (order {first}) must come before "{b}" (order {second}), to which it is connected.',
    '"{a}"(순서 {first})은(는) 연결된 "{b}"(순서 {second})보다 앞이어야 합니다.',
  ],
  [
    'These components wait for each other: {cycle}. Remove one of the edges.',
    '서로 기다리는 단계입니다: {cycle}. 연결 하나를 빼세요.',
  ],
  [
    '{from} gives {given}, but {to} takes {taken}.',
    '{from}은(는) {given}을(를) 주는데 {to}은(는) {taken}을(를) 받습니다.',
  ],
  [
    'The input {key} has two sources: {one} and {other}.',
    '입력 {key}에 출처가 둘입니다: {one}, {other}.',
  ],
  [
    'Nothing that "{from}" gives ({outputs}) fits a free input of "{to}" ({inputs}).',
    '"{from}"의 출력({outputs})이 "{to}"의 빈 입력({inputs})에 맞지 않습니다.',
  ],
  [
    'The input {input} has no source: connect an output of type {type} to it.',
    '입력 {input}에 출처가 없습니다. {type} 출력을 연결하세요.',
  ],
  [
    '{name} belongs to the executor: "{value}" is ignored, each step sees the devices that it was given.',
    '{name}은(는) 실행기의 것이라 "{value}"은(는) 무시합니다. 단계마다 받은 장치만 봅니다.',
  ],
  [
    'limits.hours: {what} needs about {need} here, which is more than {has}.',
    '{what}에는 약 {need}이(가) 필요한데 {has}보다 깁니다.',
  ],
  [
    'task: training language models is not offered yet. Subjects and looks in pictures are.',
    '언어 모델 학습은 아직 없습니다. 사진 속 대상과 스타일은 학습할 수 있습니다.',
  ],
  ['"{name}" is no setting: use {list}.', '"{name}" 설정은 없습니다. 쓸 수 있는 것: {list}.'],
  ['{name} must be {what}.', '{name} 값은 다음과 같아야 합니다: {what}.'],
  ['This value has no canonical JSON: {cause}.', 'JSON으로 쓸 수 없는 값입니다: {cause}.'],
  ['This value has no JSON form.', 'JSON으로 쓸 수 없는 값입니다.'],
  ['These components wait for each other: {cycle}.', '서로 기다리는 단계입니다: {cycle}.'],
  [
    '"cpu" is {cpu}: ask for more than no core.',
    'CPU가 {cpu}입니다. 0보다 많은 코어를 요청하세요.',
  ],
  [
    '"from" is {value}: it counts bytes, so it is a whole number.',
    '"from"이 {value}입니다. 바이트 수이므로 정수여야 합니다.',
  ],
  ['Send files by POST.', '파일은 POST로 보내세요.'],
  ['"since" lies behind "until": exchange them.', '시작이 끝보다 뒤입니다. 서로 바꾸세요.'],
  [
    '"maxPoints" is {count}: ask for 2 to {most}.',
    '"maxPoints"가 {count}입니다. 2에서 {most}까지 쓸 수 있습니다.',
  ],
  [
    '"type" goes with the series GPU, not {series}.',
    '"type"은 GPU에만 씁니다({series}에는 안 됩니다).',
  ],
  [
    'The file in AUTODIDACT_REGISTRY_AUTH is no Docker config.json.',
    'AUTODIDACT_REGISTRY_AUTH의 파일은 Docker config.json이 아닙니다.',
  ],
  [
    '{what} holds a NUL character, which no program can be given.',
    '{what}에 프로그램에 줄 수 없는 NUL 문자가 있습니다.',
  ],
  ['The variable {name}', '변수 {name}'],
  ['the Job changes all the time', 'Job이 계속 바뀌는 중'],
  ['The path "{path}" leaves its folder.', '경로 "{path}"이(가) 폴더 밖을 가리킵니다.'],
  [
    'Send operations by POST with content-type application/json.',
    '요청은 content-type application/json으로 POST하세요.',
  ],
  [
    'Send operations with content-type application/json.',
    '요청은 content-type application/json으로 보내세요.',
  ],
  ['The body is not JSON.', '본문이 JSON이 아닙니다.'],
  ['One operation at a time: batches are off.', '한 번에 하나씩 보내세요.'],
  [
    'The cursor in "after" is not one of this run: leave it away to start at the beginning.',
    '"after"의 위치는 이 실행의 것이 아닙니다. 비우고 처음부터 읽으세요.',
  ],
  [
    'The cursor in "after" lies ahead of this run: leave it away to start at the beginning.',
    '"after"의 위치가 이 실행보다 앞섭니다. 비우고 처음부터 읽으세요.',
  ],
  [
    'Events behind this cursor are no longer kept: read the run again and subscribe without "after".',
    '그 뒤의 소식은 더 남아 있지 않습니다. 실행을 다시 읽으세요.',
  ],
  ['The open review began with it.', '열려 있는 검토가 이것으로 시작되었습니다.'],
  [
    'An upload is a multipart/form-data request with one part for each file.',
    '업로드는 파일마다 한 부분인 multipart/form-data 요청입니다.',
  ],
  ['Another file is already there.', '이미 다른 파일이 있습니다.'],
  ['The store can be written to.', '저장소에 쓸 수 있습니다.'],
  [
    'Those bytes are outside of the file ({bytes} bytes).',
    '파일({bytes}바이트) 밖을 읽으려 했습니다.',
  ],
  [
    'The store refuses the platform’s credentials for the bucket "{bucket}": check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the bucket’s policy.',
    '저장소가 버킷 "{bucket}"의 인증을 거절합니다. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, 버킷 정책을 확인하세요.',
  ],
  [
    'The store {endpoint} does not answer as it should ({why}): it is tried again later.',
    '저장소 {endpoint}의 응답이 올바르지 않습니다({why}). 나중에 다시 시도합니다.',
  ],
  ['no answer', '응답 없음', 'part'],
  [
    'The store gave other bytes than were kept under this name: the file is damaged.',
    '저장소가 준 내용이 보관한 것과 다릅니다. 손상된 파일입니다.',
  ],
  [
    'The disk that holds the platform’s data is full. Nothing was lost, but nothing more can be stored: free some space, then try again.',
    '플랫폼 데이터가 있는 디스크가 가득 찼습니다. 잃은 것은 없지만 더 저장할 수 없습니다. 공간을 비운 뒤 다시 시도하세요.',
  ],
  [
    'task: say what the model should learn: a subject (my cat) or a look (this watercolor style).',
    '무엇을 배울지 적으세요. 대상(내 고양이)이나 스타일(이 수채화 스타일)입니다.',
  ],
  [
    'baseModel: no base model is called "{value}". Choose tiny-sd, sd-1.5 or sdxl.',
    '"{value}"라는 기반 모델이 없습니다. tiny-sd, sd-1.5, sdxl 중에서 고르세요.',
  ],
  [
    'baseModel: {name} cannot be trained here yet. Choose tiny-sd, sd-1.5 or sdxl.',
    '{name}은(는) 아직 여기서 학습할 수 없습니다. tiny-sd, sd-1.5, sdxl 중에서 고르세요.',
  ],
  [
    'Port {port} on {host} is taken: stop what uses it, or choose another with PORT.',
    '{host}의 포트 {port}을(를) 이미 쓰고 있습니다. 그것을 멈추거나 PORT로 다른 포트를 고르세요.',
  ],
  ['{problem} (and {count#} more)', '{problem} (그 밖에 {count}개)'],
  [
    'There is no bucket "{bucket}": make it, or change AUTODIDACT_STORE.',
    '버킷 "{bucket}"이(가) 없습니다. 만들거나 AUTODIDACT_STORE를 바꾸세요.',
  ],
  // 직접 만든 벡터와 인물 속성
  [
    'Person attributes are turned off for this project: turn them on first.',
    '이 프로젝트는 인물 속성이 꺼져 있습니다. 먼저 켜세요.',
  ],
  [
    '{count#} attributes: {most#} are the most in a project.',
    '속성이 {count}개입니다. 한 프로젝트에 {most}개까지입니다.',
  ],
  [
    'The first line of the CSV names its columns: "file", then one for each attribute.',
    'CSV 첫 줄에는 열 이름이 있어야 합니다. "file", 그다음 속성 이름입니다.',
  ],
  [
    'Column {column#} has a name of {count#} characters: 1 to {most#}.',
    '{column}번째 열 이름이 {count}자입니다. 1자에서 {most}자까지입니다.',
  ],
  ['The column "{name}" is there twice.', '"{name}" 열이 두 번 있습니다.'],
  ['Line {line#}: {problem}', '{line}번째 줄: {problem}'],
  [
    '{count#} cells, but the first line names {columns#} columns.',
    '칸이 {count}개인데 첫 줄의 열은 {columns}개입니다.',
  ],
  ['the pool has no file "{name}".', '"{name}" 파일이 없습니다.'],
  [
    '{count#} pictures are called "{name}": give the name with its folders.',
    '이름이 "{name}"인 사진이 {count}장입니다. 폴더까지 적으세요.',
  ],
  ['"{name}" was on line {line#} already.', '"{name}"은(는) 이미 {line}번째 줄에 있습니다.'],
  [
    '"{name}" has {count#} characters: {most#} are the most.',
    '"{name}" 값이 {count}자입니다. {most}자까지입니다.',
  ],
  [
    '"{name}" has more than {most#} different values: put them into groups (ages into spans).',
    '"{name}"의 값이 {most}가지를 넘습니다. 묶어서 적으세요(예: 나이는 연령대로).',
  ],
  ['The CSV gives no picture a value.', 'CSV에 값이 있는 사진이 없습니다.'],
  [
    'The quote that begins on line {line#} is never closed.',
    '{line}번째 줄에서 시작한 따옴표가 닫히지 않았습니다.',
  ],
  [
    '{count#} pictures have vectors of {dim#} numbers from {embedder}.',
    '사진 {count}장에 {embedder}의 {dim}차원 벡터가 들어갔습니다.',
  ],
  [
    'Vectors from {file} compare the pictures ({dim#} numbers each).',
    '{file}의 벡터로 사진을 비교합니다({dim}차원).',
  ],
  [
    'A review of these pictures is open and compares them by {embedder}: finish it first.',
    '{embedder}(으)로 비교하는 검토가 열려 있습니다. 먼저 끝내세요.',
  ],
  [
    'Row {row#} is for "{name}", and {count#} pictures have that name: give the names with their folders.',
    '{row}번 행의 "{name}"은(는) 이름이 같은 사진이 {count}장입니다. 폴더까지 적으세요.',
  ],
  [
    'Row {row#} is for "{name}", but the pool has no such file: add the picture first, or leave the row out.',
    '{row}번 행의 "{name}" 파일이 없습니다. 사진을 먼저 올리거나 그 행을 빼세요.',
  ],
  [
    'Rows {first#} and {second#} are both for "{name}": leave one out.',
    '{first}번과 {second}번 행이 모두 "{name}"입니다. 하나를 빼세요.',
  ],
  [
    '{count#} used pictures have no vector in the file, {name} among them: add their rows, or set the pictures aside.',
    '사용하는 사진 {count}장의 벡터가 파일에 없습니다(예: {name}). 행을 더하거나 그 사진을 빼세요.',
  ],
  [
    'The pool has no picture yet: add pictures, then vectors.',
    '아직 사진이 없습니다. 사진을 먼저 올리고 벡터를 올리세요.',
  ],
  [
    'The vector of "{name}" (row {row#}) holds a value that is not a finite number.',
    '"{name}"의 벡터({row}번 행)에 유한한 수가 아닌 값이 있습니다.',
  ],
  [
    'The vector of "{name}" (row {row#}) is all zeros: it has no direction.',
    '"{name}"의 벡터({row}번 행)가 모두 0입니다.',
  ],
  [
    'The vector of image {image} has {count#} numbers, others of the pool {dim#}: set the image aside, or import its vector again.',
    '이미지 {image}의 벡터는 {count}차원이고 다른 사진은 {dim}차원입니다. 그 사진을 빼거나 벡터를 다시 올리세요.',
  ],
  [
    '{count#} pictures have no vector from {embedder}: add a file with the vectors of all, or set them aside.',
    '사진 {count}장에 {embedder} 벡터가 없습니다. 모두 든 파일을 올리거나 그 사진을 빼세요.',
  ],
  [
    'This is not a safetensors file: its header is missing or cut off.',
    'safetensors 파일이 아닙니다. 머리글이 없거나 잘렸습니다.',
  ],
  [
    'This is not a safetensors file: its header cannot be read.',
    'safetensors 파일이 아닙니다. 머리글을 읽을 수 없습니다.',
  ],
  [
    'A tensor "embeddings" is missing; the file holds {names}.',
    '텐서 "embeddings"가 없습니다. 파일에 있는 것: {names}.',
  ],
  [
    '"embeddings" is {dtype}: save it as F32 (or F16, F64).',
    '"embeddings"가 {dtype}입니다. F32(또는 F16, F64)로 저장하세요.',
  ],
  [
    '"embeddings" has the shape [{shape}]: it needs [images, numbers].',
    '"embeddings"의 모양이 [{shape}]입니다. [사진 수, 차원]이어야 합니다.',
  ],
  [
    'Each vector has {dim#} numbers: {most#} are the most.',
    '벡터가 {dim}차원입니다. {most}차원까지입니다.',
  ],
  [
    '{count#} vectors of {dim#} numbers need {bytes#} bytes, but the file holds {held#}: it was cut off.',
    '{dim}차원 벡터 {count}개에는 {bytes}바이트가 필요한데 파일에는 {held}바이트뿐입니다. 잘린 파일입니다.',
  ],
  [
    'There are {names#} names for {count#} vectors: one for each is needed.',
    '이름이 {names}개, 벡터가 {count}개입니다. 수가 같아야 합니다.',
  ],
  [
    'The metadata has no "names": a JSON list of the file names, in the rows’ order.',
    '메타데이터에 "names"가 없습니다. 행 순서대로 파일 이름을 적은 JSON 목록입니다.',
  ],
  [
    '"names" in the metadata is not a JSON list of file names: ["a.png", "b.png"].',
    '메타데이터의 "names"가 파일 이름의 JSON 목록이 아닙니다. 예: ["a.png", "b.png"].',
  ],
  ['"{name}" is in "names" twice.', '"names"에 "{name}"이(가) 두 번 있습니다.'],
  // 기반 모델과 예제
  ['Tiny SD (64 px, runs on any laptop)', 'Tiny SD (64 px, 노트북에서도 실행)'],
  ['an unknown base model', '알 수 없는 기반 모델'],
  ['Sample: my cat', '예제: 내 고양이'],
  // 계보
  ['intent, revision {n#}', '의도, {n}번째'],
  ['1 image', '사진 1장'],
  ['{n#} images', '사진 {n}장'],
  [
    '{accepted#} accepted, {rejected#} rejected, {unsure#} unsure',
    '채택 {accepted}, 제외 {rejected}, 모르겠음 {unsure}',
  ],
  ['data set version {hash~}', '데이터셋 버전 {hash}'],
  ['1 component', '단계 1개'],
  ['{n#} components', '단계 {n}개'],
  ['environment', '환경'],
  ['run, seed {seed#}', '실행, 시드 {seed}'],
  ['{name~}, version {version#}', '{name}, 버전 {version}'],
  // 모델 카드 (server/model/model-card.ts)
  ['# {name~}, version {version#}', '# {name}, 버전 {version}'],
  ['Goal: "{goal~}"', '목표: "{goal}"'],
  ['A LoRA for **{base}**.', '**{base}**용 LoRA입니다.'],
  [
    'A LoRA for **{base}**. Its trigger word is `{word~}`: prompt for example `{prompt~}`.',
    '**{base}**용 LoRA입니다. 트리거 단어는 `{word}`이며, 프롬프트 예: `{prompt}`.',
  ],
  ['## Files', '## 파일'],
  [
    '- `{path~}` ({format~}, {bytes#} bytes, sha256 {sha~})',
    '- `{path}` ({format}, {bytes}바이트, sha256 {sha})',
  ],
  [
    'The diffusers file loads with `pipeline.load_lora_weights(folder)`; the kohya file goes into the LoRA folder of ComfyUI or A1111.',
    'diffusers 파일은 `pipeline.load_lora_weights(folder)`로 불러오고, kohya 파일은 ComfyUI나 A1111의 LoRA 폴더에 넣습니다.',
  ],
  ['## Base model and licence', '## 기반 모델과 라이선스'],
  [
    "{base} (`{id~}`), licence: {licence}. A LoRA is used together with its base model, so the base model's licence applies to what you make with it. The pictures that it learnt from are the creator's own responsibility.",
    '{base} (`{id}`), 라이선스: {licence}. LoRA는 기반 모델과 함께 쓰므로, 이것으로 만드는 것에는 기반 모델의 라이선스가 적용됩니다. 학습에 쓴 사진에 대한 책임은 만든 사람에게 있습니다.',
  ],
  ['## How it was made', '## 만들어진 과정'],
  [
    'From {n#} picture, seed {seed#}, in {seconds#} seconds, on {date~}.',
    '사진 {n}장, 시드 {seed}, {seconds}초 걸림, {date}.',
  ],
  [
    'From {n#} pictures, seed {seed#}, in {seconds#} seconds, on {date~}.',
    '사진 {n}장, 시드 {seed}, {seconds}초 걸림, {date}.',
  ],
  ['## Figures', '## 지표'],
  ['## Record', '## 기록'],
  ['- data set version `{hash~}`', '- 데이터셋 버전 `{hash}`'],
  ['- plan `{hash~}`', '- 계획 `{hash}`'],
  // 바뀌는 것
  ['connected', '연결됨'],
  // 학습 환경과 단계의 진행 (deploy/components)
  ['ready', '준비됨'],
  ['done', '완료'],
  ['installed', '설치됨'],
  ['fetching uv', 'uv 내려받는 중'],
  ['making the environment', '환경 만드는 중'],
  ['preparing the vision model', '비전 모델 준비 중'],
  ['checking the environment', '환경 확인 중'],
  ['downloading packages', '패키지 내려받는 중'],
  ['downloading packages ({n#} MB)', '패키지 내려받는 중 ({n} MB)'],
  ['downloading {name~}', '{name} 내려받는 중'],
  ['downloading {name~} ({n#} MB)', '{name} 내려받는 중 ({n} MB)'],
  ['installing packages', '패키지 설치 중'],
  [
    'waiting for another installation of the same environment',
    '같은 환경을 설치하는 다른 작업을 기다리는 중',
  ],
  ['checked {n#} of {all#} pictures', '사진 {all}장 중 {n}장 확인'],
  ['prepared {n#} of {all#} pictures', '사진 {all}장 중 {n}장 준비'],
  ['encoded {n#} of {all#} pictures', '사진 {all}장 중 {n}장 변환'],
  ['loading the libraries', '라이브러리 불러오는 중'],
  ['loading the base model', '기반 모델 불러오는 중'],
  ['loading the base model {id~}', '기반 모델 {id} 불러오는 중'],
  ['fetching the base model {id~}', '기반 모델 {id} 내려받는 중'],
  ['reading the captions', '캡션 읽는 중'],
  [
    'step {done#} of {total#}, loss {loss~}, {left#} s left',
    '{total}스텝 중 {done}, 손실 {loss}, {left}초 남음',
  ],
  ['step {done#} of {total#}, loss {loss~}', '{total}스텝 중 {done}, 손실 {loss}'],
  ['writing the model', '모델 저장 중'],
  ['writing the pictures', '그림 저장 중'],
  ['{n#} pictures from the base model', '기반 모델로 그림 {n}장 그리는 중'],
  ['{n#} pictures with the LoRA', 'LoRA로 그림 {n}장 그리는 중'],
  ['comparing with the photographs', '원본 사진과 비교하는 중'],
]
