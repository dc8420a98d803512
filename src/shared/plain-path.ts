/** Whether the path of a model server's URL is in wire format, without anything that a server could resolve. */
export function isPlainPath(path: string): boolean {
  return /^[!-~]*$/.test(path) && !path.includes('\\') && !/\/(?:\/|\.{1,2}(?:\/|$))|%2[ef]/i.test(path)
}
