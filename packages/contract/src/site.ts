/** Where the pages read what an operator decides about them, and what is on sale. Public. */
export const SITE_PATH = '/site.json'

/** What the pages say of whoever runs the installation. An empty text is not shown. */
export interface OperatorFacts {
  /** 运营方. Empty: the pages say 本平台. */
  readonly operatorName: string
  /** 买家中心: where buyers look after what they bought. http or https. */
  readonly buyerCentreUrl: string
  /** 服务热线. */
  readonly hotline: string
  /** 服务时间. */
  readonly serviceHours: string
  /** 量大从优: whom to ask. A telephone number, an address of mail or of the web, or any text. */
  readonly enquiryContact: string
  /** 零代码: whom colleagues without code ask. */
  readonly zeroCodeContact: string
  /** 备案信息. */
  readonly registrationNotice: string
}

export const DEFAULT_OPERATOR_FACTS: OperatorFacts = {
  operatorName: '',
  buyerCentreUrl: '',
  hotline: '',
  serviceHours: '工作日09:00-18:00',
  enquiryContact: '',
  zeroCodeContact: '',
  registrationNotice: '',
}

export interface PlanOnSale {
  readonly id: string
  readonly label: string
  readonly priceFen: number
  readonly calls: number
  /** Null: never expires. */
  readonly validDays: number | null
  readonly isOncePerAccount: boolean
  /** Whether its calls are free where there is no record. */
  readonly isNoRecordFree: boolean
  /** 下单链接. Null: none was given. */
  readonly orderUrl: string | null
}

export type SampleEnding = 'match' | 'mismatch' | 'no_record' | 'slow_match' | 'fault' | 'silence'

/** Somebody invented, to call with. */
export interface SampleSubject {
  readonly name: string
  readonly number: string
  readonly ending: SampleEnding
}

export interface SiteInfo {
  /** The address that callers use, without a slash at its end. */
  readonly address: string
  readonly operator: OperatorFacts
  readonly plans: readonly PlanOnSale[]
  readonly samples: {
    /** What the demo application answers; empty without a demo. */
    readonly demo: readonly SampleSubject[]
    /** What a sandbox application answers. */
    readonly sandbox: readonly SampleSubject[]
  }
}
