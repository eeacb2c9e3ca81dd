// Caddy's forward_auth. Source: contracts/forward-auth.md; Caddy's reverse_proxy, which sets X-Forwarded-For, -Host and
// -Proto itself, and forward_auth, which sets -Method and -Uri. Pure.
import { malformed } from './forwarded.ts';
import { type ProxyKind, usualAnswers, withheldCredentials } from './kind.ts';
import { renderAllow } from './render.ts';
import { readForwarded } from './traefik.ts';

export const caddy: ProxyKind = {
  // What its copy_headers does with a header that is missing or empty differs by version: some let the client's through.
  read: (question) =>
    question.parameters.size === 0 ? readForwarded(question, { isOverwritten: false }) : queryOfSomebody,
  // So a header that the app is not to see is there too, and empty: Caddy 2.6 writes a placeholder where one is missing.
  renderAllow: (passport, site) => {
    const allowed = renderAllow(passport);
    const withheld = withheldCredentials(passport, site).flatMap((name) => [name, '']);
    return { ...allowed, headers: [...allowed.headers, ...withheld] };
  },
  renderRefusal: usualAnswers.renderRefusal,
};

/** As authentik's users wrote it: the client's query is there, and says nothing. */
export const caddyWithQuery: ProxyKind = { ...caddy, ignoresQuery: true };

/** Unless told otherwise Caddy asks with the client's query: whoever wrote `?app=`, nobody could tell. */
const queryOfSomebody = malformed(
  'invalid_parameters',
  'the address that Caddy asks at has a query: end it with a question mark, `uri /auth/caddy?`, else it is the client\u2019s',
);
