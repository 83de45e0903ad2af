export function missing(expected: string, printed: string): string | undefined
