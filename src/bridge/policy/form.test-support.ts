/** The content type of the forms made by `form`. For tests only. */
export const FORM = 'multipart/form-data; boundary=x'

export function form(...parts: string[]): string {
  return `${parts.map((part) => `--x\r\n${part}\r\n`).join('')}--x--\r\n`
}

export function field(disposition: string, value: string): string {
  return `Content-Disposition: form-data; ${disposition}\r\n\r\n${value}`
}
