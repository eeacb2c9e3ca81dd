// What is to be said of a configuration file; whose it is, its keys tell.
import { loadTestedConfig } from '../gateway/config-tests.ts';
import type { Loaded } from '../platform/config/load.ts';
import { renderMistake } from '../platform/config/mistakes.ts';
import type { SecretSources } from '../platform/config/secrets.ts';
import { loadTransferConfig } from '../transfer-service/config.ts';

export type Checked = { readonly isGood: boolean; readonly lines: readonly string[] };

export async function checkFile(file: string, sources: SecretSources): Promise<Checked> {
  let text: string;
  try {
    text = sources.readFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    return { isGood: false, lines: [`${file}: cannot be read (${code})`] };
  }
  return /^facilities\s*:/m.test(text)
    ? checkTransfer(file, text, sources)
    : checkGateway(file, text, sources);
}

async function checkGateway(file: string, text: string, sources: SecretSources): Promise<Checked> {
  const loaded = await loadTestedConfig({ file, text }, sources);
  if (!loaded.ok) return mistakesOf(loaded);
  const { apps, providers } = loaded.value;
  const warnings = loaded.value.warnings.map((warning) => `warning: ${renderMistake(warning)}`);
  return {
    isGood: true,
    lines: [
      ...warnings,
      `${file}: good (a gateway's: ${providers.length} providers, ${apps.length - 1} apps)`,
    ],
  };
}

function checkTransfer(file: string, text: string, sources: SecretSources): Checked {
  const loaded = loadTransferConfig({ file, text }, sources);
  if (!loaded.ok) return mistakesOf(loaded);
  const warnings = loaded.value.warnings.map((warning) => `warning: ${renderMistake(warning)}`);
  return {
    isGood: true,
    lines: [...warnings, `${file}: good (a transfer-service's: ${loaded.value.facilities.size} facilities)`],
  };
}

function mistakesOf(loaded: Extract<Loaded<unknown>, { ok: false }>): Checked {
  const count = loaded.mistakes.length;
  return {
    isGood: false,
    lines: [...loaded.mistakes.map(renderMistake), `${count} ${count === 1 ? 'mistake' : 'mistakes'}`],
  };
}
