/** 구성 요소가 알리는 실패(schema/domain/step-fault.ts)의 한국어. 빠진 것은 test/text/sentences.test.ts가 찾아 줍니다. */
export const koFaults: Readonly<Record<string, string>> = {
  BASE_MODEL_GATED:
    '기반 모델 {name}을(를) {source}에서 내려받지 못했습니다({why}). https://huggingface.co/{source}에서 라이선스에 동의하고 HF_TOKEN을 정하거나, diffusers 형식으로 여기에 두세요: {folders}.',
  BASE_MODEL_INCOMPLETE: '{folder}에 있는 기반 모델 {name}의 파일이 온전하지 않습니다: {why}',
  BASE_MODEL_KIND_UNKNOWN:
    '기반 모델 {name}은(는) {kind}입니다. 이 단계는 {known}만 학습할 수 있습니다.',
  BASE_MODEL_NAME_INVALID: '기반 모델 이름 "{name}"은(는) 쓸 수 없습니다.',
  BASE_MODEL_NOT_FETCHED:
    '기반 모델 {name}을(를) {source}에서 내려받지 못했습니다({why}). diffusers 형식(model_index.json이 있는 폴더)으로 여기에 두거나 이 컴퓨터를 허브에 연결하세요: {folders}.',
  BASE_MODEL_NOT_FOUND:
    '기반 모델 {name}을(를) 찾지 못했습니다. diffusers 형식(model_index.json이 있는 폴더)으로 여기에 두거나 이 컴퓨터를 허브에 연결하세요: {folders}.',
  BUCKETS_MISSING:
    '데이터셋에 버킷이 없습니다. data-loader와 trainer 사이에 preprocessor를 넣으세요.',
  BUCKET_STEP_TOO_LARGE: 'bucket_step({bucket_step})은 해상도({resolution})보다 클 수 없습니다.',
  DATASET_EMPTY: '데이터셋에 사진이 없습니다. 먼저 몇 장을 채택하세요.',
  DATASET_FORMAT_UNKNOWN:
    'manifest.json의 형식이 "{found}"입니다. 이 단계는 {known} 형식을 읽습니다.',
  DATASET_LIST_MISSING: '데이터셋의 사진 목록이 없습니다: {path} 파일이 없습니다.',
  DATASET_OTHER_VERSION:
    'manifest.json이 요청한 데이터셋 버전이 아닙니다. 있는 것은 {found}, 요청한 것은 {wanted}입니다.',
  DIVERGED: '{step}스텝에서 학습이 발산했습니다(손실 {loss}). 학습률을 낮추세요.',
  FILE_MISSING: '{path} 파일이 없습니다.',
  INPUT_MISSING: '입력 "{input}"이(가) 없습니다: {folder} 폴더가 없습니다.',
  JSON_INVALID: '{path} 파일이 올바른 JSON이 아닙니다: {why}.',
  MODEL_FILE_MISSING: '모델의 파일 {path}이(가) 없습니다.',
  MODEL_HAS_NO_DIFFUSERS: '모델에 diffusers 형식의 파일이 없습니다.',
  PICTURE_CHANGED:
    '사진 {name}이(가) 데이터셋을 만든 뒤 바뀌었습니다. sha256이 {found}인데 기록은 {recorded}입니다.',
  PICTURE_MISSING: '데이터셋에 사진 {name}이(가) 없습니다.',
  PICTURE_NAME_INVALID: 'manifest.json에 적힌 파일 "{name}"은(는) 데이터셋의 사진 이름이 아닙니다.',
  PICTURE_UNREADABLE: '사진 {name}을(를) 읽을 수 없습니다({why}). 데이터셋에서 빼세요.',
  PREDICTION_UNKNOWN: '기반 모델의 예측 방식 "{prediction}"은(는) 이 학습 단계가 다루지 못합니다.',
  RESOLUTION_NO_MULTIPLE: '해상도가 {value}입니다. {factor}의 배수여야 합니다.',
  SETTINGS_NO_OBJECT: '{path}의 설정은 JSON 객체여야 합니다.',
  SETTING_MISSING: '설정 "{setting}"이(가) 없습니다.',
  SETTING_NOT_AN_OPTION:
    '설정 "{setting}"의 값이 "{value}"입니다. 다음 중 하나여야 합니다: {options}.',
  SETTING_NOT_A_NUMBER: '설정 "{setting}"은(는) 숫자여야 합니다("{value}"은(는) 안 됩니다).',
  SETTING_NOT_TEXTS: '설정 "{setting}"은(는) 글의 목록이어야 합니다.',
  SETTING_NOT_TRUE_OR_FALSE:
    '설정 "{setting}"은(는) true나 false여야 합니다("{value}"은(는) 안 됩니다).',
  SETTING_NOT_WHOLE: '설정 "{setting}"은(는) 정수여야 합니다("{value}"은(는) 안 됩니다).',
  SETTING_OUT_OF_RANGE:
    '설정 "{setting}"의 값이 {value}입니다. {least}에서 {most} 사이여야 합니다.',
  SIDES_DO_NOT_DIVIDE:
    '기반 모델 {name}은(는) 사진의 변이 {factor}의 배수여야 하는데 preprocessor가 {size} 크기로 만들었습니다. bucket_step을 {factor}(으)로 정하세요.',
}
