// `tests:` of the gateway's file: a request, who asks, and what has to come of it.
import { z } from 'zod';
import { describe, name, names } from './config-schema-values.ts';

export const trial = z.strictObject({
  request: describe(z.string(), 'method and address: `GET https://lab.org/grafana`'),
  as: describe(
    z
      .strictObject({
        user: describe(z.string().min(1), 'user name'),
        groups: describe(names.default([]), 'groups'),
        roles: describe(names.default([]), 'roles'),
        realm: describe(z.string().min(1).optional(), "default: that of the app's first provider"),
        acr: describe(z.string().min(1).optional(), 'how they have signed in, just now'),
      })
      .optional(),
    'who asks; without: nobody',
  ),
  from: describe(
    z.union([z.ipv4(), z.ipv6()]).optional(),
    "the client's address, where rules have `networks`",
  ),
  headers: describe(
    z
      .record(
        z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'a header name'),
        z.string().regex(/^[\x20-\x7e]*$/, 'visible ASCII characters'),
      )
      .optional(),
    "the client's own: `Origin` and `Access-Control-Request-Method` of a preflight, `X-HTTP-Method-Override`",
  ),
  credential: describe(
    z.enum(['session', 'bearer', 'basic', 'header']).optional(),
    'how `as` proves it; without: in whatever way the rule reads',
  ),
  app: describe(name.optional(), "the app that the proxy's `?app=` names"),
  labelGroups: describe(names.optional(), 'and the groups that its `?groups=` names'),
  expect: describe(
    z.enum(['allow', 'authenticate', 'forbid', 'malformed', 'sign_out']),
    'what has to come out; `authenticate`: sign in first',
  ),
  rule: describe(z.string().min(1).optional(), 'and by which rule: `grafana.rules[0]`, `grafana.public`'),
});
