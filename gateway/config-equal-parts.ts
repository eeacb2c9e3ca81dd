// Parts of a configuration that are equal become one object: thousands of apps say mostly the same, and what they all say
// stays in the processor's caches, whichever of them is asked about. Pure.
import type { App, Rule } from './types.ts';

export function shareEqualParts(apps: readonly App[]): readonly App[] {
  const providers = sharing<App['providers']>();
  const acceptTokensFor = sharing<App['acceptTokensFor']>();
  const logoutPaths = sharing<App['logoutPaths']>();
  const encodedCharacters = sharing<App['encodedCharacters']>();
  const attributes = sharing<App['attributes']>();
  const allowedOrigins = sharing<App['allowedOrigins']>();
  const keep = sharing<App['keep']>();
  const shareInRule = createRuleSharing();
  return apps.map((app) => ({
    ...app,
    providers: providers(app.providers),
    acceptTokensFor: acceptTokensFor(app.acceptTokensFor),
    logoutPaths: logoutPaths(app.logoutPaths),
    encodedCharacters: encodedCharacters(app.encodedCharacters),
    attributes: attributes(app.attributes),
    allowedOrigins: allowedOrigins(app.allowedOrigins),
    keep: keep(app.keep),
    rules: app.rules.map(shareInRule),
  }));
}

function createRuleSharing(): (rule: Rule) => Rule {
  const paths = sharing<Rule['paths']>();
  const methods = sharing<Rule['methods']>();
  const networks = sharing<Rule['networks']>();
  const allow = sharing<Rule['allow']>();
  const credentials = sharing<Rule['credentials']>();
  const acr = sharing<Rule['acr']>();
  return (rule) => ({
    ...rule,
    paths: paths(rule.paths),
    methods: methods(rule.methods),
    networks: networks(rule.networks),
    allow: allow(rule.allow),
    credentials: credentials(rule.credentials),
    acr: acr(rule.acr),
  });
}

/** @returns the first part that is equal. */
function sharing<Part>(): (part: Part) => Part {
  const known = new Map<string, Part>();
  return (part) => {
    const text = textOf(part);
    const first = known.get(text) ?? part;
    known.set(text, first);
    return first;
  };
}

/** Nothing is left out of it but a network's function, which goes by its texts. */
function textOf(part: unknown): string {
  return JSON.stringify(part, (_key, value) =>
    value instanceof Set || value instanceof Map ? [...value] : value,
  );
}
