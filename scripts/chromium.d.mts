export function findChromium(): string | undefined
export function launchOptionsFor(executablePath: string): { executablePath: string; args: string[] }
