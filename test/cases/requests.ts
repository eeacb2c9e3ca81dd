// Credentials and hosts that could be read in two ways, of a request for a path that is for those signed in.

export type RequestCase = {
  readonly name: string;
  /** As the client sends them, `Name: value`; without `Host`: lab.localhost. */
  readonly headers: readonly string[];
  readonly expected: string;
};

const one = (name: string, expected: string, ...headers: readonly string[]): RequestCase => ({
  name,
  headers,
  expected,
});

export const credentials: readonly RequestCase[] = [
  one('nothing', '401 no_credential'),
  one('a token', '200', 'Authorization: Bearer good'),
  one('a token in the provider’s header', '200', 'SciCat-API-Key: good'),
  one('both', '200', 'Authorization: Bearer bad', 'SciCat-API-Key: good'),
  one('both the other way round', '401 token_refused', 'Authorization: Bearer good', 'SciCat-API-Key: bad'),
  one(
    'two Authorization headers',
    '400 repeated_credential',
    'Authorization: Bearer good',
    'Authorization: Bearer good',
  ),
  one('one of them empty', '400 repeated_credential', 'Authorization: ', 'Authorization: Bearer good'),
  one(
    'one of them in other case',
    '400 repeated_credential',
    'authorization: Bearer good',
    'AUTHORIZATION: Basic eA==',
  ),
  one('two tokens by a comma', '401 credential_malformed', 'Authorization: Bearer good, Bearer good'),
  one(
    'two of the provider’s header',
    '400 repeated_credential',
    'SciCat-API-Key: good',
    'scicat-api-key: good',
  ),
  one(
    'an empty provider’s header',
    '401 credential_malformed',
    'SciCat-API-Key: ',
    'Authorization: Bearer good',
  ),
  one('another provider’s header', '401 provider_not_accepted', 'X-Two: good'),
  one('two providers’ headers: the order of the file decides', '200', 'X-Two: bad', 'SciCat-API-Key: good'),
  one('two providers’ headers, the first one bad', '401 token_refused', 'X-Two: good', 'SciCat-API-Key: bad'),
  one('a token that Connection names', '200', 'Authorization: Bearer good', 'Connection: Authorization'),
  one(
    'a look-alike that Connection names',
    '400 identity_header_from_outside',
    'Authorization: Bearer good',
    'Connection: x_auth_groups',
  ),
  one(
    'two sessions',
    '401 no_credential',
    `Cookie: __Host-beamgate=${'a'.repeat(43)}; __Host-beamgate=${'b'.repeat(43)}`,
  ),
  one('an empty Authorization', '401 credential_malformed', 'Authorization: '),
  one('a password, which no provider reads', '401 no_credential', 'Authorization: Basic YTpi'),
  one('a token with another scheme', '401 no_credential', 'Authorization: Token good'),
  one('a token without a scheme', '401 credential_malformed', 'Authorization: good'),
  one(
    'a look-alike of Authorization',
    '401 no_credential',
    'Author_ization: Bearer good',
    'X-Authorization: Bearer good',
  ),
  one('a look-alike of the provider’s header', '401 no_credential', 'SciCat_API_Key: good'),
  one('a token in a cookie', '401 no_credential', 'Cookie: Authorization=good; token=good'),
  one('a session of ours that nobody made', '401 no_credential', 'Cookie: __Host-beamgate=good'),
  one(
    'an identity',
    '401 no_credential',
    'X-Auth-Username: root',
    'Remote-User: root',
    'X-WEBAUTH-USER: root',
  ),
  one('an assertion', '401 token_refused', 'Authorization: Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln'),
  one(
    'an identity with a look-alike',
    '400 identity_header_from_outside',
    'Authorization: Bearer good',
    'X_Auth_Username: root',
  ),
  one(
    'an identity that Connection names',
    '400 identity_header_from_outside',
    'Authorization: Bearer good',
    'Connection: X-Auth-Username',
  ),
];

export const hosts: readonly RequestCase[] = [
  one('lab.localhost', '200', 'Host: lab.localhost'),
  one('in capitals', '200', 'Host: LAB.LOCALHOST'),
  one('with a trailing dot', '200', 'Host: lab.localhost.'),
  one('with a port', '200', 'Host: lab.localhost:8443'),
  one('with a dot and a port', '200', 'Host: lab.localhost.:8443'),
  one('another', '403 no_app', 'Host: evil.localhost'),
  one('one below', '403 no_app', 'Host: x.lab.localhost'),
  one('one that begins alike', '403 no_app', 'Host: lab.localhost.evil.org'),
  one('one that ends alike', '403 no_app', 'Host: evillab.localhost'),
  one('IPv6', '403 no_app', 'Host: [::1]:8080'),
  one('punycode', '403 no_app', 'Host: xn--lb-xka.localhost'),
  one('empty', '400 invalid_host', 'Host: '),
  one('two by a comma', '400 invalid_host', 'Host: lab.localhost, evil.org'),
  one('two', '400 invalid_host', 'Host: lab.localhost', 'Host: evil.localhost'),
  one('with a user', '400 invalid_host', 'Host: a@lab.localhost'),
  one('with a path', '400 invalid_host', 'Host: lab.localhost/x'),
  one('with a space', '400 invalid_host', 'Host: lab .localhost'),
  one('with a port that is none', '400 invalid_host', 'Host: lab.localhost:x'),
  one('with a port that is too large', '400 invalid_host', 'Host: lab.localhost:65536'),
  one('with bytes beyond ASCII', '400 invalid_host', 'Host: l\u00e4b.localhost'),
  one('with an escape', '400 invalid_host', 'Host: lab%2elocalhost'),
  one('broken IPv6', '400 invalid_host', 'Host: [::1'),
];
