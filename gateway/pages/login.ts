// Where a browser is sent that has to sign in, at a gateway none of whose providers signs people in in a browser: it
// says so, and how to get in with a token instead. Pure.
import { escapeHtml, layout } from './layout.ts';

/**
 * The providers that take tokens, with the header to send them in, `undefined`: as a bearer token. Their addresses may
 * be internal: not shown.
 */
export type TokenHelp = readonly { readonly name: string; readonly header: string | undefined }[];

export function tokenHelpPage(providers: TokenHelp): string {
  const ways = providers.map(
    ({
      name,
      header,
    }) => `<p>Sign in at <strong>${escapeHtml(name)}</strong>, copy your token there, and send it along:</p>
<pre>curl -H '${header === undefined ? 'Authorization: Bearer' : `${escapeHtml(header)}:`} &lt;your token&gt;' https://…</pre>`,
  );
  const content = `<h1>This service needs a token</h1>
<p>Signing in with a browser is not set up at this gateway. Programs get in with a token of yours.</p>
${ways.join('\n')}`;
  return layout({ title: 'A token is needed', content });
}
