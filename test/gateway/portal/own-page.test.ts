import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFromOwnPage } from '../../../gateway/portal/own-page.ts';

describe('a request from a page of the gateway’s own', () => {
  const cases: readonly (readonly [readonly string[], boolean])[] = [
    [['Sec-Fetch-Site', 'same-origin'], true],
    [['Sec-Fetch-Site', 'same-site'], false],
    [['Sec-Fetch-Site', 'cross-site'], false],
    // Typed into the address line, or a bookmark: no form comes so.
    [['Sec-Fetch-Site', 'none'], false],
    [['Sec-Fetch-Site', 'same-site', 'Origin', 'https://lab.org'], false],
    [['Sec-Fetch-Site', 'same-origin', 'Sec-Fetch-Site', 'cross-site'], false],
    [['Origin', 'https://lab.org'], true],
    [['Origin', 'https://lab.org:8443'], false],
    [['Origin', 'http://lab.org'], false],
    [['Origin', 'https://grafana.lab.org'], false],
    [['Origin', 'https://lab.org.evil.org'], false],
    [['Origin', 'null'], false],
    [['Origin', 'https://lab.org', 'Origin', 'https://evil.org'], false],
    [['Referer', 'https://lab.org/sso/sessions'], false],
    [[], false],
  ];
  for (const [headers, expected] of cases)
    it(`${JSON.stringify(headers)}: ${expected}`, () => {
      assert.equal(isFromOwnPage(headers, 'https://lab.org'), expected);
    });
});
