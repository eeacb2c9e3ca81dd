import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { coversNetworks, networkOfClient, prefixLength, readNetworks } from '../../platform/networks.ts';

describe('a list of networks', () => {
  const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      '10.0.0.0/8',
      ['10.0.0.1', '10.255.255.255', '::ffff:10.1.2.3', '::ffff:a01:203'],
      ['11.0.0.0', '9.255.255.255'],
    ],
    ['192.0.2.7', ['192.0.2.7'], ['192.0.2.8', '192.0.2.70']],
    ['::1', ['::1', '0:0:0:0:0:0:0:1', '::1%lo'], ['::2', '127.0.0.1']],
    ['2001:db8::/32', ['2001:db8::1', '2001:DB8:ffff::'], ['2001:db9::1']],
    ['0.0.0.0/0', ['1.2.3.4'], ['2001:db8::1']],
    [
      'private',
      ['127.0.0.2', '10.1.1.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '::1', 'fd00::1'],
      ['172.32.0.1', '8.8.8.8', 'fe80::1', '169.254.169.254'],
    ],
    ['10.1.2.3/8', ['10.9.9.9'], ['11.0.0.1']],
  ];
  for (const [network, inside, outside] of table)
    it(`${network} has ${inside.join(' ')} and not ${outside.join(' ')}`, () => {
      const networks = readNetworks([network]);
      for (const address of inside) assert.ok(networks.has(address), address);
      for (const address of outside) assert.ok(!networks.has(address), address);
    });

  it('has nothing that is no address, and does not throw', () => {
    const networks = readNetworks(['0.0.0.0/0', '::/0']);
    for (const text of [
      '',
      ' ',
      'a',
      '1.2.3',
      '1.2.3.4.5',
      '01.2.3.4',
      '1.2.3.4:80',
      '[::1]',
      '::1%',
      '1.2.3.4/32',
      'private',
    ])
      assert.ok(!networks.has(text), text);
  });

  it('has nothing where it is empty', () => {
    assert.ok(!readNetworks([]).has('127.0.0.1'));
  });

  for (const text of [
    '',
    'lab.org',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '10.0.0.0/1e1',
    'PRIVATE',
    '10.0.0.0/0x8',
    ' 10.0.0.1',
  ])
    it(`does not take ${JSON.stringify(text)} for a network`, () => {
      assert.throws(() => readNetworks([text]), RangeError);
      assert.equal(prefixLength(text), undefined);
    });

  it('says how many bits are fixed', () => {
    assert.deepEqual(prefixLength('10.0.0.0/8'), { bits: 8, of: 32 });
    assert.deepEqual(prefixLength('10.0.0.0'), { bits: 32, of: 32 });
    assert.deepEqual(prefixLength('::/0'), { bits: 0, of: 128 });
  });
});

describe('networks cover others', () => {
  const table: readonly (readonly [readonly string[], readonly string[], boolean])[] = [
    [['10.0.0.0/8'], ['10.1.0.0/16', '10.2.3.4'], true],
    [['10.1.0.0/16'], ['10.0.0.0/8'], false],
    [['10.0.0.0/8'], ['10.0.0.0/8', '11.0.0.0/8'], false],
    [['10.1.2.3/8'], ['10.9.0.0/16'], true],
    [['10.0.0.0/9', '10.128.0.0/9'], ['10.0.0.0/8'], true],
    [['10.0.0.0/9', '10.128.0.0/10'], ['10.0.0.0/8'], false],
    [['private'], ['172.20.0.0/16', 'fd00::/8', '::1'], true],
    [['private'], ['172.0.0.0/8'], false],
    [['10.0.0.0/8', '192.168.0.0/16'], ['private'], false],
    [['private'], ['private'], true],
    [['0.0.0.0/0'], ['::/0'], false],
    [['::/0'], ['0.0.0.0/0'], true],
    [['0.0.0.0/0', '::/0'], ['::/0'], true],
    [['::/1', '8000::/1'], ['0.0.0.0/0', '::/0'], true],
    [['::ffff:10.0.0.0/104'], ['10.0.0.0/8'], true],
    [['2001:db8::/32'], ['2001:DB8:1::/48'], true],
    [[], ['192.0.2.1'], false],
    [[], [], true],
  ];
  for (const [wide, narrow, covers] of table)
    it(`${wide} ${covers ? 'covers' : 'does not cover'} ${narrow}`, () => {
      assert.equal(coversNetworks(wide, narrow), covers);
    });

  it('exactly where no address of one is missing in the other', () => {
    const last = Array.from({ length: 16 }, (_, at) => `10.0.0.${at}`);
    const network = fc
      .tuple(fc.nat(15), fc.integer({ min: 28, max: 32 }))
      .map(([at, bits]) => `10.0.0.${at}/${bits}`);
    fc.assert(
      fc.property(
        fc.array(network, { maxLength: 6 }),
        fc.array(network, { maxLength: 3 }),
        (wide, narrow) => {
          const [has, wants] = [readNetworks(wide), readNetworks(narrow)];
          const expected = last.every((address) => !wants.has(address) || has.has(address));
          assert.equal(coversNetworks(wide, narrow), expected);
        },
      ),
    );
  });
});

describe('what counts as one client', () => {
  for (const [address, expected] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::', '2001:db8:1:2::/64'],
    ['', ''],
    ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
  ] as const) {
    it(`is ${expected} for ${address}`, () => {
      assert.equal(networkOfClient(address), expected);
    });
  }
});
