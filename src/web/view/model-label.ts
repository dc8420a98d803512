/** A model's name without its registry and the default tag, as people say it. */
export function modelLabel(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).replace(/:latest$/, '') || name
}
