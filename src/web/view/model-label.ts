/** A model's short name, without its registry and the default tag. */
export function modelLabel(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).replace(/:latest$/, '') || name
}
