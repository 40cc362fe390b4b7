import { NAME_PARAMETER, NUMBER_PARAMETER } from './market.js'

/** 请求参数: what people are told of each parameter. */
export const PARAMETER_FIELDS = [
  {
    label: '真实姓名',
    name: NAME_PARAMETER,
    isRequired: true,
    type: 'String(50)',
    example: '李三',
    description: '个人真实姓名, 不含空格',
  },
  {
    label: '身份证号码',
    name: NUMBER_PARAMETER,
    isRequired: true,
    type: 'String(18)',
    example: '36020319*****',
    description: '身份证号码',
  },
] as const

/** 返回参数: what people are told of each field of an answer, in the order of the body. A problem has the first two alone. `example`: of
 * a match, masked. */
export const ANSWER_FIELDS = [
  { name: 'ok', type: 'number', description: '成功标识: 1成功, 0失败', example: 1 },
  { name: 'msg', type: 'string', description: '报文成败描述', example: '实名信息正确' },
  { name: NAME_PARAMETER, type: 'string', description: '真实姓名', example: '庆**' },
  { name: NUMBER_PARAMETER, type: 'string', description: '身份证号码', example: '3505*****12' },
  { name: 'match', type: 'boolean', description: '校验状态: true一致; false不一致', example: true },
  { name: 'birthday', type: 'string', description: '解析的生日信息', example: '19****16' },
  { name: 'sex', type: 'string', description: '性别', example: '男' },
  { name: 'address', type: 'string', description: '身份证所属行政区域', example: '福建省泉州市**县' },
] as const
