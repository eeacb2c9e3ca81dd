// The file and the credentials, read together: for the start, and for each reload.
import type { Loaded } from '../platform/config/load.ts';
import type { SecretSources } from '../platform/config/secrets.ts';
import type { Setup } from './clients.ts';
import { loadTransferConfig } from './config.ts';
import { loadCredentials } from './config-credentials.ts';

/** @returns both, or every mistake in either. */
export function loadSetup(
  source: { readonly file: string; readonly text: string },
  sources: SecretSources,
): Loaded<Setup> {
  const loaded = loadTransferConfig(source, sources);
  const credentials = loadCredentials(sources);
  if (loaded.ok && credentials.ok)
    return { ...loaded, value: { ...loaded.value, credentials: credentials.value } };
  return { ok: false, mistakes: [loaded, credentials].flatMap((one) => (one.ok ? [] : one.mistakes)) };
}
