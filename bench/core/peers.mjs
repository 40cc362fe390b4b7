import { createRequire } from 'node:module'
import * as core from '../../packages/core/dist/index.js'

const require = createRequire(import.meta.url)

/** By name: how each library validates a number, and how it reads one whole, where it can. */
export const LIBRARIES = {
  heyan() {
    const today = core.shanghaiDate(Date.now())
    return {
      validate: (text) => core.checkIdNumber(text, today) === null,
      parse(text) {
        const parsed = core.parseIdNumber(text, { today })
        if (!parsed.ok) return null
        const { birthday, sex } = parsed.value
        return { birthday, sex, address: core.fullAddress(core.regionOf(parsed.value)) }
      },
      // For the cases, what the library says of anything: 15 digits are upgraded.
      accepts: (value) => core.parseIdNumber(value, { today, accept15: true }).ok,
    }
  },
  validator() {
    const { isIdentityCard } = require('validator')
    return { validate: (text) => isIdentityCard(text, 'zh-CN') }
  },
  'id-validator'() {
    const IdValidator = require('id-validator')
    const validator = new IdValidator(require('id-validator/src/GB2260'))
    return { validate: (text) => validator.isValid(text), parse: (text) => validator.getInfo(text) }
  },
  idcard() {
    const idcard = require('idcard')
    return { validate: (text) => idcard.verify(text), parse: (text) => idcard.info(text) }
  },
  'idcard-tool'() {
    const idcard = require('idcard-tool')
    return { validate: (text) => idcard(text).isValid, parse: (text) => idcard(text) }
  },
  'identity-card'() {
    const { IdentityCard } = require('identity-card')
    return {
      // It throws where a number is wrong.
      validate(text) {
        try {
          return new IdentityCard(text).validate()
        } catch {
          return false
        }
      },
      parse(text) {
        try {
          return new IdentityCard(text).info()
        } catch {
          return null
        }
      },
      accepts: (value) => new IdentityCard(value).validate(),
    }
  },
  stdnum() {
    const { ric } = require('stdnum').stdnum.CN
    return { validate: (text) => ric.validate(text).isValid }
  },
}
