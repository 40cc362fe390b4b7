/** Every text that a person sees on the server's own page. */
export const zh = {
  language: 'zh-CN',
  title: '核验 Heyan',
  lead: '身份证二要素核验：给出真实姓名与身份证号码，回答权威记录中两者是否一致。',
  howTitle: '调用',
  how: '与接口市场通行的调用方式相同，把主机名换成这里即可。AppCode 由运营者发放；演示用的一个在启动时打印于终端。',
  yourCode: '您的AppCode',
  answer: '返回：',
  parametersTitle: '参数',
  parameters: [
    ['xm', '真实姓名，不含空格，至多 50 个字符；以 UTF-8 百分号编码'],
    ['sfz', '身份证号码，18 位'],
  ],
  endingsTitle: '结局与计费',
  endingsLead: '有核验结果才计费，且只计一次；没有结果就免费。',
  columns: ['状态', '返回', '含义', '计费'],
  endings: [
    ['200', '实名信息正确', '一致', 'charged'],
    ['200', '实名校验失败:身份证与姓名不匹配', '不一致', 'charged'],
    ['200', '实名校验失败:查无记录', '查无记录', 'by_default'],
    ['666', 'ok 为 0，原因在 msg', '参数有误，或暂时没有数据源可答', 'free'],
    ['403', 'Quota Exhausted', '剩余次数已用完', 'free'],
    ['4xx, 503', '原因在 X-Ca-Error-Message', '凭证、签名、速度等问题', 'free'],
  ],
  charges: { charged: '计费', by_default: '默认计费', free: '免费' },
  promise: '每次调用都重新询问数据源，结果从不缓存，也不保存；日志中没有任何人的姓名与号码。',
  other: 'English',
} as const
