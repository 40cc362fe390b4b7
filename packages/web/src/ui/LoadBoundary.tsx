import { Component, type ReactNode } from 'react'

interface Props {
  /** Instead of what could not be loaded. */
  readonly fallback: ReactNode
  readonly children: ReactNode
}

/** Holds a part that is loaded later: where it does not come, the rest of the page goes on. */
export class LoadBoundary extends Component<Props, { readonly isLost: boolean }> {
  override state = { isLost: false }

  static getDerivedStateFromError(): { isLost: boolean } {
    return { isLost: true }
  }

  override render(): ReactNode {
    return this.state.isLost ? this.props.fallback : this.props.children
  }
}
