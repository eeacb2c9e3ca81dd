// Names of headers as people write them. Pure.

/** `scicat-api-key` -> `Scicat-Api-Key`; case means nothing in HTTP, but it reads better in a trace. */
export function canonicalName(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}
