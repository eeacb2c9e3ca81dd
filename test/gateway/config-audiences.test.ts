import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { renderMistake } from '../../platform/config/mistakes.ts';

function load(app: string) {
  const text = `publicUrl: https://lab.org/sso
providers:
  scicat: { kind: scicat, url: https://scicat.lab.org }
  lab: { kind: oidc, issuer: https://sso.lab.org/realms/lab, acceptTokensFor: [ingestor, notebooks] }
  guests: { kind: oidc, issuer: https://sso.lab.org/realms/guests, acceptTokensFor: [guest-portal, notebooks] }
apps:
  a: { url: https://lab.org/a, allow: signed-in, ${app} }
`;
  return loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
}

function audiences(app: string) {
  const loaded = load(app);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.mistakes.map(renderMistake).join('\n'));
  return loaded.value.apps.find(({ name }) => name === 'a')?.acceptTokensFor;
}

function mistakes(app: string): readonly string[] {
  const loaded = load(app);
  return loaded.ok ? [] : loaded.mistakes.map(renderMistake);
}

describe('acceptTokensFor of an app', () => {
  it('narrows each provider’s own, and widens none', () => {
    assert.deepEqual(
      audiences('acceptTokensFor: [ingestor, notebooks]'),
      new Map([
        ['lab', new Set(['ingestor', 'notebooks'])],
        ['guests', new Set(['notebooks'])],
      ]),
    );
    assert.deepEqual(
      audiences('providers: [lab, scicat], acceptTokensFor: [ingestor]'),
      new Map([['lab', new Set(['ingestor'])]]),
    );
    assert.deepEqual(audiences('providers: [scicat]'), new Map());
  });

  it('names audiences that there are', () => {
    assert.deepEqual(mistakes('acceptTokensFor: [ingester, notebooks]'), [
      'g.yaml:7 apps.a.acceptTokensFor[0]: there is no audience "ingester", did you mean "ingestor"?',
    ]);
  });

  it('leaves no provider of the app without any', () => {
    assert.deepEqual(mistakes('acceptTokensFor: [ingestor]'), [
      "g.yaml:7 apps.a.acceptTokensFor: none of these is among acceptTokensFor of guests: leave it out of the app's providers",
    ]);
  });

  it('says something only where tokens have an audience', () => {
    assert.deepEqual(mistakes('providers: [scicat], acceptTokensFor: [ingestor]'), [
      'g.yaml:7 apps.a.acceptTokensFor: none of its providers is of kind oidc: no token has an audience',
    ]);
  });
});
