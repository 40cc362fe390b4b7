/** Tells an observer something. Those who watch a source cannot break it: what they throw is theirs. */
export function tell(observer: () => void): void {
  try {
    observer()
  } catch {
    // The question goes on.
  }
}
