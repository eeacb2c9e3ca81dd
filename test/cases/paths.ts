// Every spelling of a path that proxy, gateway and app could read differently, below an app that is public at `/open`
// and for members of `it` at `/open/admin/**`.

export type PathCase = {
  readonly target: string;
  /** What becomes of a request that brings no credential. */
  readonly expected: '200' | '401 no_credential' | '400 invalid_path' | '400 ambiguous_path';
};

function all(expected: PathCase['expected'], ...targets: readonly string[]): readonly PathCase[] {
  return targets.map((target) => ({ target, expected }));
}

export const paths: readonly PathCase[] = [
  ...all(
    '200',
    '/open',
    '/open/',
    '/open/a',
    '/open/a/b.c',
    '/open/a%20b',
    '/open/caf%C3%A9',
    '/open/a;b=c',
    '/open/...',
  ),
  ...all(
    '200',
    '/open/administrator',
    '/open/a?/../admin',
    '/open/a?x=//admin&y=%2Fadmin;',
    '/%6fpen/a',
    '/open/x/admin',
  ),
  ...all(
    '401 no_credential',
    '/open/admin',
    '/open/admin/',
    '/open/admin/users',
    '/open/%61dmin',
    '/open/adm%69n/x',
  ),
  ...all('401 no_credential', '/open/admin?x', '/open/admin/a;b', '/open/admin/..a'),
  ...all(
    '400 ambiguous_path',
    '/open/admin;x',
    '/open/admin;x/users',
    '/open/admin%3Bx',
    '/open;x/admin',
    '/open/;x/admin',
  ),
  ...all(
    '400 invalid_path',
    '/open//admin',
    '//open/admin',
    '/open/a//',
    '/open/./admin',
    '/open/a/../admin',
    '/open/..',
  ),
  ...all(
    '400 invalid_path',
    '/open/%2e/admin',
    '/open/a/%2e%2e/admin',
    '/open/a/.%2E/admin',
    '/open/a/..;/admin',
  ),
  ...all(
    '400 invalid_path',
    '/open/a/..;x=1/admin',
    '/open/a/..%3Bx/admin',
    '/open/a%2F..%2Fadmin',
    '/open%2Fadmin',
  ),
  ...all(
    '400 invalid_path',
    '/open/a%2fadmin',
    '/open/a%5Cadmin',
    '/open\\admin',
    '/open/a\\..\\admin',
    '/open/%252e%252e/admin',
  ),
  ...all(
    '400 invalid_path',
    '/open/a%25',
    '/open/a%3Fx',
    '/open/a%23x',
    '/open/a#/admin',
    '/open/a%00',
    '/open/a%0d%0ax',
  ),
  ...all(
    '400 invalid_path',
    '/open/a%',
    '/open/a%2',
    '/open/a%zz',
    '/open/%u0061dmin',
    '/open/a%ff',
    '/open/%c0%ae%c0%ae/admin',
  ),
  ...all('400 invalid_path', '/open/%c0%afadmin', '/open/a%7f', '/open/a%09'),
  ...all(
    '400 invalid_path',
    '/open/a%5cadmin',
    '/open/a/..%5cadmin',
    '/open/.;/admin',
    '/open/a/.;x=1/admin',
    '/open/.%3b/admin',
    '/open/%2e;/admin',
  ),
];

export type RawPath = PathCase & { readonly name: string };

const raw = (name: string, target: string, expected: PathCase['expected'] = '400 invalid_path'): RawPath => ({
  name,
  target,
  expected,
});

/** Bytes that no client should send as they are, one character each: in a proxy's question. */
export const rawPaths: readonly RawPath[] = [
  raw('NUL', '/open/a\u0000'),
  raw('a tab', '/open/a\u0009b'),
  raw('ESC', '/open/\u001badmin'),
  raw('DEL', '/open/a\u007f'),
  raw('a byte that is no UTF-8', '/open/a\u00ff'),
  raw('an overlong /', '/open/\u00c0\u00afadmin'),
  raw('overlong dots', '/open/\u00c0\u00ae\u00c0\u00ae/admin'),
  raw('half a character', '/open/caf\u00c3'),
  raw('UTF-8', '/open/caf\u00c3\u00a9', '200'),
];

/** Below an app that is public at `/keys` and has `encodedCharacters: [slash, percent]`. */
export const encodedPaths: readonly PathCase[] = [
  ...all(
    '200',
    '/keys/a%2Fb',
    '/keys/20.500.11935%2Fab-12',
    '/keys/a%25b',
    '/keys/a%252Fb',
    '/keys/a%253Fb',
    '/keys/%2Fa',
    '/keys/a%2F',
    '/keys/a;x%2Fb',
  ),
  ...all(
    '400 invalid_path',
    '/keys/a%2F..%2Fb',
    '/keys/..%2Fb',
    '/keys/%2e%2e%2Fopen/admin',
    '/keys/a%2F.%2Fb',
    '/keys/a%2F..;x%2Fb',
    '/keys/a%5Cb',
    '/keys/a%2F%5c..',
    '/keys/a%3Fb',
    '/keys/a%23b',
    '/keys/a%2F%00',
    '/keys/a%ff%2Fb',
  ),
  // The prefix itself is no place for them.
  ...all('400 invalid_path', '/keys%2Fa', '/keys%2F..%2Fopen', '/keys;x/a%2Fb'),
];
