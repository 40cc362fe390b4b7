/** Welch's t of two lists of times: how sure it is that they come from different work (Reparaz et al., dudect). */
export function welch(one, other) {
  const [a, b] = [moments(one), moments(other)]
  return (a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count)
}

function moments(list) {
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length
  const variance = list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (list.length - 1)
  return { mean, variance, count: list.length }
}
