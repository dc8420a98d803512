import { Component, type ComponentType, type JSX } from 'preact'

/**
 * Renders a view again only if its properties have changed.
 * @param isSame by default, whether each property is the same value
 */
export function memo<Props extends object>(
  View: (props: Props) => JSX.Element | null,
  isSame: (before: Props, after: Props) => boolean = hasSameValues,
): ComponentType<Props> {
  return class Memo extends Component<Props> {
    /** Called by Preact before each render but the first. */
    override shouldComponentUpdate(next: Props): boolean {
      return !isSame(this.props, next)
    }

    /** The view itself. */
    override render() {
      return <View {...this.props} />
    }
  }
}

function hasSameValues<Props extends object>(before: Props, after: Props): boolean {
  const names = Object.keys({ ...before, ...after }) as (keyof Props)[]
  return names.every((name) => before[name] === after[name])
}
