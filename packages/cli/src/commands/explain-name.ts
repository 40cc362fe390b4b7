import { explainName, NAME_ADVICE, type NameWarning, nameVariants } from '@heyan/core'
import { Command } from 'commander'
import { print, table } from '../print.js'
import { explainLines } from './explain-lines.js'

const EXIT_INVALID = 1
const WARNINGS: Readonly<Record<NameWarning, string>> = {
  invisible_removed: '去掉了不可见字符',
  private_use_folded: '自造字编码已换成国家标准字符',
  compatibility_folded: '兼容汉字或部首已换成通用汉字',
  separator_folded: '间隔号已换成“·”',
  space_removed: '去掉了空格',
  rare_character: '含有生僻字，旧系统中可能登记为其他写法',
}

export function explainNameCommand(): Command {
  return new Command('explain-name')
    .description('tells how a name is read and compared, without a server; exit code 0 a possible name, 1 not')
    .argument('[name]', 'the name')
    .option('--latin', 'Latin letters too, as for numbers that begin with 9')
    .option('--json', 'one JSON value')
    .option('--jsonl', 'reads one JSON value a line on standard input, answers one JSON object a line')
    .action(async (name: string | undefined, { latin = false, json = false, jsonl = false }) => {
      const options = { allowLatin: latin }
      if (jsonl) {
        await explainLines(
          process.stdin,
          process.stdout,
          (value) => explainName(value, options),
          (reason) => ({ valid: false, key: null, reason, warnings: [] }),
        )
        return
      }
      if (name === undefined) throw new Error('explain-name needs a name, or --jsonl')
      const said = explainName(name, options)
      const { key, reason, warnings } = said
      if (key === null) print(json, said, `不是可能的姓名：${reason === null ? '' : NAME_ADVICE[reason].zh.join('')}`)
      else {
        const variants = nameVariants(key)
        const rows = {
          比对: key,
          ...(warnings.length > 0 ? { 注意: warnings.map((warning) => WARNINGS[warning]).join('；') } : {}),
          ...(variants.length > 0 ? { 异写: variants.join(' ') } : {}),
        }
        print(json, said, table(rows))
      }
      if (!said.valid) process.exitCode = EXIT_INVALID
    })
}
