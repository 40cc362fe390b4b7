import { useEffect, useState } from 'react'

/** `null` while it is on its way; `'failed'` where it did not come. `load` is the same function for the same thing. */
export function useLoaded<T>(load: (() => Promise<{ readonly default: T }>) | null): T | 'failed' | null {
  const [loaded, setLoaded] = useState<{ readonly by: unknown; readonly value: T | 'failed' } | null>(null)
  useEffect(() => {
    if (load === null) return undefined
    let isWanted = true
    const take = (value: T | 'failed') => isWanted && setLoaded({ by: load, value })
    load().then(
      ({ default: value }) => take(value),
      () => take('failed'),
    )
    return () => {
      isWanted = false
    }
  }, [load])
  return loaded?.by === load ? loaded.value : null
}
