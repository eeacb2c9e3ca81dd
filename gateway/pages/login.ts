// Where a browser is sent that has to sign in, at a gateway none of whose providers signs people in in a browser: it
// says so, and how to get in with a token instead. Pure.
import { escapeHtml, layout } from './layout.ts';

export type TokenHelp = {
  /** The address that was wanted; shown, never linked or redirected to. */
  readonly wanted: string | undefined;
  readonly providers: readonly {
    readonly name: string;
    readonly header: string;
    readonly loginUrl: string;
  }[];
};

export function tokenHelpPage(help: TokenHelp): string {
  const ways = help.providers.map(
    ({
      name,
      header,
      loginUrl,
    }) => `<p>Get a token from <strong>${escapeHtml(name)}</strong>, and send it along:</p>
<pre>curl -s ${escapeHtml(loginUrl)} \\
  --json '{"username":"…","password":"…"}'
curl ${escapeHtml(help.wanted ?? 'https://…')} \\
  -H '${escapeHtml(header)}: &lt;access_token&gt;'</pre>`,
  );
  const content = `<h1>This service needs a token</h1>
<p>Signing in with a browser is not set up at this gateway.</p>
${ways.join('\n')}`;
  return layout({ title: 'A token is needed', content });
}
