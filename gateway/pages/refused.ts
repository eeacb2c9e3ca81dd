// What a person sees who is known, or asks for what nobody serves, and does not get in. Pure.
import { escapeHtml, layout } from './layout.ts';

export type Refused = {
  readonly message: string;
  readonly username: string | undefined;
  readonly title: string | undefined;
  /** The refusal's stable reason, which the README explains. */
  readonly code: string;
  readonly requestId: string;
};

export function refusedPage(refused: Refused): string {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Service', refused.title],
    ['Signed in as', refused.username],
    ['Code', refused.code],
    ['Request', refused.requestId],
  ];
  const rows = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`],
  );
  const sentence = refused.message.charAt(0).toUpperCase() + refused.message.slice(1);
  const content = `<h1>No way in here</h1>
<p>${escapeHtml(sentence)}.</p>
<p>If you think that you should get in, send the code and the request below to the administrators of this service.</p>
<dl>${rows.join('')}</dl>`;
  return layout({ title: 'No way in here', content });
}
