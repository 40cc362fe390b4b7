/** How the process stands towards those who call. */
export interface Lifecycle {
  isDraining: boolean
  inFlight: number
}
