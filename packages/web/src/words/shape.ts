/** The same texts under the same names; lists are as long; functions take the same. */
export type Shape<T> = T extends string
  ? string
  : T extends (...given: infer Given) => string
    ? (...given: Given) => string
    : { readonly [K in keyof T]: Shape<T[K]> }
