// What the refusals of the tables say to whoever reads them, to the letter: compared with the answers themselves.

const messages: Readonly<Record<string, string>> = {
  no_credential: 'sign in, or send a token',
  credential_malformed: 'the credential cannot be read',
  credential_unsupported: 'no provider takes this kind of credential',
  token_refused: 'the provider refuses the token: sign in again',
  provider_not_accepted: 'this service does not take tokens of that provider',
  no_app: 'no service is configured for this address',
  missing_forwarded_header: 'the proxy did not say what is asked for',
  repeated_forwarded_header: 'the proxy said twice what is asked for',
  repeated_credential: 'the request carries one credential twice',
  invalid_host: 'the host is malformed',
  invalid_path: 'the path is malformed',
  ambiguous_path: 'the path can be read in two ways',
  identity_header_from_outside: 'a header of the request is reserved for the gateway',
  unreadable_request: 'the request cannot be read: malformed, or its headers are too large',
};

/** @param expected of a row, `400 invalid_path`. @returns what `toldBy` gives for such an answer. */
export function inFull(expected: string): string {
  const [, reason] = expected.split(' ');
  return reason === undefined
    ? expected
    : `${expected}: ${messages[reason] ?? 'is not in test/cases/messages.ts'}`;
}

/** `400 invalid_path: the path is malformed`, from the bytes of an answer. */
export function toldBy(answer: string): string {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none';
  const [reason, message] = ['reason', 'message'].map(
    (key) => new RegExp(`"${key}":"([^"]*)"`).exec(answer)?.[1],
  );
  return reason === undefined ? status : `${status} ${reason}: ${message ?? 'without a message'}`;
}
