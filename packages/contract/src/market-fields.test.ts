import { expect, test } from 'vitest'
import { problemBody, verdictBody } from './market.js'
import { ANSWER_FIELDS, PARAMETER_FIELDS } from './market-fields.js'

test('the fields told to people are those of an answer, in its order and of its types', () => {
  const parts = { name: '李**', number: '1101*****2X', birthday: '19****31', address: '北京市**区' }
  const body: Record<string, unknown> = JSON.parse(verdictBody({ verdict: 'match', sex: 'female', ...parts }))
  expect(Object.keys(body)).toEqual(ANSWER_FIELDS.map(({ name }) => name))
  for (const { name, type } of ANSWER_FIELDS) expect(typeof body[name]).toBe(type)
  const problem: Record<string, unknown> = JSON.parse(problemBody('name_invalid'))
  expect(Object.keys(problem)).toEqual(ANSWER_FIELDS.slice(0, 2).map(({ name }) => name))
})

test('each field and parameter is described in the contract’s words', () => {
  expect(ANSWER_FIELDS.map(({ description }) => description)).toEqual([
    '成功标识: 1成功, 0失败',
    '报文成败描述',
    '真实姓名',
    '身份证号码',
    '校验状态: true一致; false不一致',
    '解析的生日信息',
    '性别',
    '身份证所属行政区域',
  ])
  expect(PARAMETER_FIELDS.map((field) => Object.values(field).join('|'))).toEqual([
    '真实姓名|xm|true|String(50)|李三|个人真实姓名, 不含空格',
    '身份证号码|sfz|true|String(18)|36020319*****|身份证号码',
  ])
})

test('the examples of the fields are the contract’s example of a body', () => {
  expect(JSON.stringify(Object.fromEntries(ANSWER_FIELDS.map(({ name, example }) => [name, example])))).toBe(
    '{"ok":1,"msg":"实名信息正确","xm":"庆**","sfz":"3505*****12","match":true,"birthday":"19****16","sex":"男","address":"福建省泉州市**县"}',
  )
})
