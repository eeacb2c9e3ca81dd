// `tests:` of a gateway's file: requests with the outcome that the admin expects. A file whose tests fail is as wrong
// as one with an unknown key: it neither starts nor takes over.
import type { Loaded } from '../platform/config/load.ts';
import type { Complaint, Mistake } from '../platform/config/mistakes.ts';
import type { SecretSources } from '../platform/config/secrets.ts';
import { type GatewayConfig, loadGatewayConfig } from './config.ts';
import { hintsOf } from './explanation.ts';
import { createTrials, type Tried } from './trial.ts';
import type { ForwardedRequest } from './types.ts';

/** @returns the config, or every mistake in the file, failed tests among them. */
export async function loadTestedConfig(
  source: { readonly file: string; readonly text: string },
  sources: SecretSources,
): Promise<Loaded<GatewayConfig>> {
  const loaded = loadGatewayConfig(source, sources);
  if (!loaded.ok) return loaded;
  const failed = await failedTests(loaded.value);
  if (failed.length === 0) return loaded;
  const place = (complaint: Complaint): Mistake => ({
    ...complaint,
    file: source.file,
    line: loaded.lineOf(complaint.path),
  });
  return { ok: false, mistakes: failed.map(place) };
}

async function failedTests(config: GatewayConfig): Promise<readonly Complaint[]> {
  const tryOut = createTrials(config);
  const complaints: Complaint[] = [];
  for (const [index, test] of config.tests.entries()) {
    const tried = await tryOut(test);
    const rule = ruleOf(tried);
    if (tried.decision.outcome === test.expected && (test.expectedRule ?? rule) === rule) continue;
    const wanted = `${test.expected}${test.expectedRule === undefined ? '' : ` by ${test.expectedRule}`}`;
    complaints.push({
      path: ['tests', index],
      message: `expected ${wanted}, found ${describeTried(tried, test.request)}`,
    });
  }
  return complaints;
}

function ruleOf({ decision }: Tried): string | undefined {
  return 'rule' in decision ? decision.rule?.id : undefined;
}

function describeTried(tried: Tried, request: ForwardedRequest): string {
  const { decision } = tried;
  const by =
    'rule' in decision && decision.rule ? ` by ${decision.rule.id} (line ${decision.rule.line})` : '';
  const missing =
    decision.reason === 'client_address_unknown' ? ['say from where it comes: from: ADDRESS'] : [];
  return [`${decision.outcome} (${decision.reason})${by}`, ...hintsOf(decision, request), ...missing].join(
    '; ',
  );
}
