import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loginHref, readWanted } from '../../../gateway/login/wanted.ts';
import { sampleApp } from '../samples.ts';

const apps = [sampleApp({ name: 'grafana', url: 'https://lab.org/grafana', prefix: ['grafana'] })];
const read = (query: string) => readWanted(new URLSearchParams(query), apps);

describe('what is wanted of a sign-in', () => {
  it('is the portal, where nothing is said', () => {
    assert.deepEqual(read(''), {
      returnTo: undefined,
      nonceHash: undefined,
      maxAgeSeconds: undefined,
      acrValues: [],
      isChange: false,
      provider: undefined,
      isShared: false,
      parameters: {},
    });
  });

  it('is read from the query', () => {
    const nonceHash = 'a'.repeat(43);
    const wanted = read(
      `return_to=https://lab.org/grafana/d&handover=${nonceHash}&max_age=300&acr=mfa+hwk&change=account&provider=lab&shared=on`,
    );
    assert.equal(wanted.returnTo?.url, 'https://lab.org/grafana/d');
    assert.equal(wanted.nonceHash, nonceHash);
    assert.equal(wanted.maxAgeSeconds, 300);
    assert.deepEqual(wanted.acrValues, ['mfa', 'hwk']);
    assert.deepEqual([wanted.isChange, wanted.provider, wanted.isShared], [true, 'lab', true]);
  });

  it('is nothing that cannot be read', () => {
    const wanted = read(
      `return_to=https://evil.org/&handover=x&max_age=-1&shared=yes&x=y&acr=${'a'.repeat(201)}`,
    );
    assert.deepEqual(
      [wanted.returnTo, wanted.nonceHash, wanted.maxAgeSeconds, wanted.isShared, wanted.acrValues],
      [undefined, undefined, undefined, false, []],
    );
    assert.deepEqual(Object.keys(wanted.parameters).sort(), ['handover', 'max_age', 'return_to', 'shared']);
  });

  it('goes on to the next page', () => {
    const { parameters } = read('return_to=https://lab.org/grafana?a%3Db%26c&shared=on&x=y');
    const href = loginHref('https://lab.org/sso', parameters, { shared: undefined, provider: 'lab' });
    assert.equal(
      href,
      'https://lab.org/sso/login?return_to=https%3A%2F%2Flab.org%2Fgrafana%3Fa%3Db%26c&provider=lab',
    );
    assert.equal(loginHref('https://lab.org/sso', {}), 'https://lab.org/sso/login');
  });
});
