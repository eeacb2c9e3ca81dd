// Before all tests: says in one line each which real parts were found, and starts those that a whole run shares.
import { findPart, postgres, realParts } from './real-parts/find.ts';
import { type PostgresServer, sharedServerVariable, startPostgres } from './real-parts/postgres.ts';

let server: PostgresServer | undefined;

export async function globalSetup(): Promise<void> {
  for (const part of realParts) {
    process.stderr.write(
      `${part.name}: ${findPart(part) ?? `not found (${part.install}); tests that need it are skipped`}\n`,
    );
  }
  if (findPart(postgres) === undefined) return;
  server = await startPostgres();
  process.env[sharedServerVariable] = server.url;
}

export async function globalTeardown(): Promise<void> {
  await server?.remove();
}
