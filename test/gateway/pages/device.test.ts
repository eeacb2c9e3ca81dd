import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeDevice, isHandheld } from '../../../gateway/pages/device.ts';

describe('a device', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox, Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
      'Chrome, Windows',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0',
      'Edge, Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
      'Safari, macOS',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
      'Safari, iOS handheld',
    ],
    [
      'Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36',
      'Chrome, Android handheld',
    ],
    ['curl/8.14.1', 'curl'],
    ['', ''],
    ['<script>alert(1)</script>', ''],
  ];
  for (const [userAgent, expected] of cases)
    it(`${userAgent.slice(0, 50)} is ${expected}`, () => {
      const device = describeDevice(userAgent);
      assert.equal(`${device}${isHandheld(device) ? ' handheld' : ''}`, expected);
    });
});
