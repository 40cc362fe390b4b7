/** Every text that a person sees on the server's own page. */
export const zh = {
  language: 'zh-CN',
  title: '核验 Heyan',
  lead: '身份证二要素核验：给出真实姓名与身份证号码，告诉您权威记录中两者是否一致。',
  howTitle: '如何调用',
  how: '与接口市场的协议完全一致，换一个主机名即可：',
  yourCode: '您的AppCode',
  parametersTitle: '参数',
  parameters: [
    ['xm', '真实姓名，不含空格，至多50个字符'],
    ['sfz', '身份证号码，18位'],
  ],
  answersTitle: '结局',
  answers: [
    ['200 实名信息正确', '一致，计费'],
    ['200 实名校验失败:身份证与姓名不匹配', '不一致，计费'],
    ['200 实名校验失败:查无记录', '查无记录，默认计费'],
    ['666', '参数或服务有问题，不计费'],
    ['403 Quota Exhausted', '剩余次数已用完，不计费'],
  ],
  promise: '每次调用都重新询问数据源，结果从不缓存；有核验结果才计费，且只计一次；日志中没有任何人的信息。',
  other: 'English',
} as const
