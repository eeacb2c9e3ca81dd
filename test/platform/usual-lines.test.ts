import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createUsualFields, isOfAdmin, UsualLine } from '../../platform/usual-lines.ts';

describe('a usual line', () => {
  it('is there where every letter of it is', () => {
    const line = new UsualLine('Accept', true);
    assert.equal(line.standsAt('Accept: */*\r\n', 0), false, 'before anything is learnt');
    line.learn('Accept: */*\r\n', '*/*');
    assert.equal(line.value, '*/*');
    assert.equal(line.length, 13);
    assert.equal(line.standsAt('Accept: */*\r\n\r\n', 0), true);
    assert.equal(line.standsAt('A: b\r\nAccept: */*\r\n', 6), true);
    for (const other of ['Accept: */*\r', 'Accept: */*;q=1\r\n', 'accept: */*\r\n', ' Accept: */*\r\n', ''])
      assert.equal(line.standsAt(other, 0), false, other);
  });

  it('that changes with every request is seldom learnt', () => {
    const line = new UsualLine('X-Forwarded-For', true);
    const learnt = Array.from({ length: 640 }, () => line.isToBeLearnt()).filter((is) => is);
    assert.equal(learnt.length, 10);
    line.learn(`X-Forwarded-For: ${'1.2.3.4, '.repeat(100)}\r\n`, 'x');
    assert.equal(line.length, 0, 'nor is a long one');
  });

  it('stays in memory where nothing in it is a secret, and nowhere else', () => {
    const fields = createUsualFields();
    const isKept = (name: string) => fields.get(name)?.isToBeLearnt();
    for (const name of ['User-Agent', 'user-agent', 'X-Forwarded-Host', 'x-real-ip'])
      assert.equal(isKept(name), true, name);
    for (const name of [
      'Authorization',
      'authorization',
      'Cookie',
      'Referer',
      'Origin',
      'X-Forwarded-Uri',
      'X-Original-Url',
    ])
      assert.equal(isKept(name), false, name);
    assert.equal(fields.get('Scicat-Api-Key'), undefined);
    for (const [name, { name: written }] of fields) assert.equal(written, name);
  });

  it('that begins a request stays in memory where the client has no part in the address', () => {
    for (const url of ['/', '/auth/traefik', '/auth/nginx', '/authenticate', '/oauth2/auth'])
      assert.equal(isOfAdmin(url), true, url);
    for (const url of [
      '/auth/envoy/reset/t0ken',
      '/auth/envoy/t0ken',
      '/auth/envoy//',
      '/auth/caddy?code=t0ken',
    ])
      assert.equal(isOfAdmin(url), false, url);
  });
});
