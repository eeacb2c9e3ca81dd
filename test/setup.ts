// Before all tests: says in one line each which real parts were found.
import { findPart, realParts } from './real-parts/find.ts';

export function globalSetup(): void {
  for (const part of realParts) {
    process.stderr.write(
      `${part.name}: ${findPart(part) ?? `not found (${part.install}); tests that need it are skipped`}\n`,
    );
  }
}
