// One trial against a file's text.
import { loadGatewayConfig } from '../../gateway/config.ts';
import { createTrials, readTrialRequest, type Trial, type Tried } from '../../gateway/trial.ts';
import { ConfigError } from '../../platform/config/load.ts';

export type LoadedTrial = Partial<Pick<Trial, 'who' | 'credential'>> & {
  readonly headers?: Readonly<Record<string, string>>;
};

export async function loadTrial(text: string, asked: string, trial: LoadedTrial): Promise<Tried> {
  const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  const request = readTrialRequest(asked, { from: '10.0.0.1', headers: trial.headers });
  if (typeof request === 'string') throw new TypeError(request);
  return createTrials(loaded.value)({ request, who: trial.who, credential: trial.credential });
}
