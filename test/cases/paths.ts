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
];
