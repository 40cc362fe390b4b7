// Apart from the index: a server reads no bills.
export { BillError, type BillLine, type BillProblem, type BillWishes, readBill } from './bill/bill-reader.js'
export { BilledCalls } from './bill/billed-calls.js'
export { type Finding, type OurAttempt, Reconciliation, type ReconciliationCounts } from './bill/reconcile.js'
