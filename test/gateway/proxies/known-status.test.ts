import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toKnownStatus } from '../../../gateway/proxies/known-status.ts';

const statusFor = (statuses: 'any' | 'globus-proxy', status: number, method: string) =>
  toKnownStatus({ status, headers: [], body: '' }, { statuses }, method).status;

describe('the status of a refusal', () => {
  for (const [given, post, del] of [
    [400, 400, 400],
    [401, 401, 401],
    [403, 403, 403],
    [404, 400, 400],
    [408, 400, 400],
    [429, 400, 400],
    [500, 500, 500],
    [502, 503, 500],
    [503, 503, 500],
    [504, 503, 500],
    [302, 302, 302],
  ] as const) {
    it(`${given} is ${post} for POST and ${del} for DELETE of a client of the SciCat Globus Proxy`, () => {
      assert.equal(statusFor('globus-proxy', given, 'POST'), post);
      assert.equal(statusFor('globus-proxy', given, 'DELETE'), del);
    });

    it(`${given} stays as it is for any other app`, () => {
      assert.equal(statusFor('any', given, 'DELETE'), given);
    });
  }
});
