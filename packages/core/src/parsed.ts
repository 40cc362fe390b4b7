/** The result of reading something that may be wrong: a value, or the reason there is none. Nothing is thrown. */
export type Parsed<Value, Reason extends string> = { ok: true; value: Value } | { ok: false; reason: Reason }
