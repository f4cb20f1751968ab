import { describe, expect, it } from 'vitest'
import { read } from '../../index.ts'

const slot = (goal: string, path: string): unknown =>
  (read(goal).slots as Record<string, { value: unknown; source: string } | undefined>)[path]?.value

describe('IN-01 IN-04 what a Korean goal is about', () => {
  it.each([
    // what somebody does with a thing, and where
    ['아들 자전거 타는 사진 40장 로라', 'boy'],
    ['우리 강아지 공 물고 있는 모습 학습해줘', 'dog'],
    ['고양이 침대에서 자는 사진 30장 학습', 'cat'],
    ['조카 벚꽃 아래 앉은 사진 학습', 'child'],
    // the head of a compound, never what only sounds inside it
    ['무선이어폰 케이스 학습', 'earphone case'],
    ['이끼 테라리움 사진 20장', 'terrarium'],
    ['고무 오리 장난감 로라', 'rubber duck'],
    ['단체 티셔츠 사진으로 학습', 't-shirt'],
    ['공룡 뼈 화석 전시 사진으로 학습해줘', 'fossil'],
    // a leg is no bridge, a mother's recipe nobody's house, what is written apart no guest house
    ['닭다리 사진 학습', 'chicken'],
    ['폐업한 놀이공원 관람차 배우게 하고 싶다', 'ferris wheel'],
    // who asks, what comes of it, what is named again
    ['동물원 사육사예요 수달 남매 사진이 많아서요', 'otter'],
    ['사막여우 캐릭터 이모티콘 만들려고 해요', 'fox'],
    ['수세미랑 컵받침 중에서 컵받침 학습', 'coaster'],
    ['유니폼 입은 나 학습', 'person'],
  ])('%s', (goal, noun) => {
    expect(slot(goal, 'subject.classNoun')).toBe(noun)
    expect(slot(goal, 'subject.name')).toBeUndefined()
  })

  it.each([
    ['우리 고양이 열심히 학습해줘', undefined],
    ['우리 고양이 마음대로 학습해줘', undefined],
    ['아내 생일선물이에요. 아내 얼굴 학습', undefined],
    ['할아버지 유품인 회중시계 사진 15장', undefined],
    ['우리 강아지 산책 사진으로 로라', undefined],
    ['우리 고양이 홀로그램 느낌으로 로라 학습', undefined],
    ['내 오토바이(혼다 슈퍼커브) 학습', undefined],
    ['콩이는 우리 강아지야. 학습해줘', '콩이'],
    ['나비(고양이) 사진 학습', '나비'],
    ['우리 강아지 산이 로라 학습', '산이'],
    ['강아지 콩이 말고 고양이 보리를 학습해줘', '보리'],
    ['우리 딸 서아 자전거 타는 사진', '서아'],
  ])('the name in %s', (goal, name) => {
    expect(slot(goal, 'subject.name')).toBe(name)
  })

  it.each([
    ['우리 고양이 도자기 느낌으로 로라 학습', 'cat', 'pottery'],
    ['새벽 시장 풍경 사진', 'market', undefined],
    ['아크릴 물감 튜브 제품 사진', 'paint tube', undefined],
    ['판타지 소설 표지에 쓸 은발 엘프 학습', 'elf', undefined],
  ])('the look in %s', (goal, noun, style) => {
    expect(slot(goal, 'subject.classNoun')).toBe(noun)
    expect(slot(goal, 'style')).toBe(style)
  })
})
