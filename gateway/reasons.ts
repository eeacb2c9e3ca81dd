// What each refusal says to the one who is refused. The public text says less than the log. Pure.
import type { SignInFailureReason } from './login/oidc-identity.ts';
import type { Authenticate, Forbid, MalformedReason } from './types.ts';

export type RefusalReason =
  | Authenticate['reason']
  | Forbid['reason']
  | MalformedReason
  | OutageReason
  | 'peer_not_trusted'
  | 'internal_error'
  | 'unreadable_request'
  | 'request_too_slow'
  | 'not_found'
  | 'logout_token_invalid'
  | SignInReason
  | 'upstream_unreachable'
  | 'upstream_timeout';

/** Why a sign-in in a browser came to nothing. */
export type SignInReason =
  | SignInFailureReason
  | 'sign_in_expired'
  | 'sign_in_elsewhere'
  | 'sign_in_loop'
  | 'sign_in_wrong'
  | 'sign_in_too_many'
  | 'handover_elsewhere'
  | 'handover_used';

/** `busy`: too many questions to a provider wait already. */
export type OutageReason = 'unavailable' | 'busy';

const messages: Readonly<Record<RefusalReason, string>> = {
  no_credential: 'sign in, or send a token',
  credential_malformed: 'the credential cannot be read',
  credential_unsupported: 'no provider takes this kind of credential',
  token_malformed: 'the token is none that a provider issues',
  token_signature_invalid: 'the token is not genuine',
  token_expired: 'the token has expired: sign in again',
  token_not_yet_valid: 'the token is not valid yet: check the clocks',
  token_anonymous: 'the token belongs to nobody: sign in',
  token_refused: 'the provider refuses the token: sign in again',
  token_issuer_unknown: 'the token is of an issuer that is not known here',
  token_algorithm: 'the token is signed in a way that is not accepted',
  token_key_unknown: 'the key of the token is not among those of its issuer: sign in again',
  token_expiry_missing: 'the token does not say when it ends',
  token_not_access: 'this is no access token: send the access token',
  token_audience: 'the token was issued for another service',
  token_subject_missing: 'the token does not say whose it is',
  token_username_missing: 'the token has no user name',
  identifier_unverified:
    'your provider has not verified the address that is your user name: verify it there, then sign in again',
  session_too_old: 'you signed in too long ago for this: sign in again',
  stronger_sign_in_needed: 'this needs a stronger sign-in, such as a second factor',
  provider_not_accepted: 'this service does not take tokens of that provider',
  no_app: 'no service is configured for this address',
  app_host_mismatch: 'this address does not belong to the service that was named',
  no_rule: 'no rule lets this request pass',
  labels_not_allowed: 'the proxy asks with groups, which this service does not take from it',
  nobody_allowed: 'this address is closed for everybody',
  not_permitted: 'you are signed in, but may not use this service',
  cross_origin: 'a page of another site asked for this in your name',
  not_in_label_groups: 'you are signed in, but may not use this service',
  identity_too_large: 'you are a member of too many groups for this service: tell its administrator',
  identity_unsendable:
    'your user name or one of your groups cannot be passed on to this service: tell its administrator',
  missing_forwarded_header: 'the proxy did not say what is asked for',
  repeated_forwarded_header: 'the proxy said twice what is asked for',
  invalid_host: 'the host is malformed',
  invalid_method: 'the method is not served',
  invalid_scheme: 'the scheme is not served',
  invalid_path: 'the path is malformed',
  ambiguous_path: 'the path can be read in two ways',
  identity_header_from_outside: 'a header of the request is reserved for the gateway',
  method_override: 'the method of this service cannot be overridden',
  client_address_unknown: 'the proxy did not say from where the request comes',
  repeated_credential: 'the request carries one credential twice',
  invalid_parameters: 'the proxy asks at an address that cannot be read',
  unsupported_request: 'this form of request is not served',
  unavailable: 'a service that is needed to decide this does not answer: try again',
  busy: 'too many requests wait for the sign-in service: try again',
  peer_not_trusted: 'only a trusted proxy may ask here',
  internal_error: 'an internal error; the administrator finds it in the log by the request id',
  unreadable_request: 'the request cannot be read: malformed, or its headers are too large',
  request_too_slow: 'the request came too slowly',
  not_found: 'no such path',
  logout_token_invalid: 'this is no logout token of the provider',
  sign_in_denied: 'the sign-in was cancelled, or the provider does not let this person in',
  sign_in_answer_invalid: 'the answer of the provider is not what it should be',
  sign_in_used: 'the answer of the provider has been used before',
  sign_in_expired: 'the sign-in took more than ten minutes',
  sign_in_elsewhere: 'this browser has begun no such sign-in, or keeps no cookies',
  sign_in_loop: 'one address led to the sign-in again and again within a minute',
  sign_in_wrong: 'user name or password is wrong',
  sign_in_too_many: 'there were too many wrong passwords: try again later',
  group_overage: 'the provider does not name the groups of somebody who is in so many',
  handover_elsewhere: 'this browser has begun no sign-in on this host, or keeps no cookies',
  handover_used: 'the way back from the sign-in was used before, is late, or of another browser',
  upstream_unreachable: 'the service behind the gateway cannot be reached',
  upstream_timeout: 'the service behind the gateway did not answer in time',
};

export function messageOf(reason: RefusalReason): string {
  return messages[reason];
}

export const refusalReasons: readonly string[] = Object.keys(messages);

export function isRefusalReason(text: string): text is RefusalReason {
  return Object.hasOwn(messages, text);
}
