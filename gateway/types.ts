// The central types of the gateway. This file imports nothing.

/** Header names and values in turn, as node:http's `rawHeaders`: nothing is joined, dropped or lower-cased. */
export type RawHeaders = readonly string[];

// --- the request that a proxy asks about ---

export type ForwardedRequest = {
  readonly scheme: 'http' | 'https';
  /** A WebSocket or another upgrade: it cannot follow a redirect. */
  readonly isUpgrade: boolean;
  /** `undefined` where the proxy's set-up does not say (ecFlow's nginx). */
  readonly method: string | undefined;
  readonly host: RequestHost;
  /** Path and query as the client sent them, undecoded; begins with `/`. */
  readonly target: string;
  /** The client's own address, `undefined` where no proxy told it. */
  readonly clientAddress: string | undefined;
  /** Every header of the question, the client's among them. */
  readonly headers: RawHeaders;
  /** `?app=` of the address that the admin gave the proxy. */
  readonly namedApp: string | undefined;
  /** `?groups=` of that address, which narrows `namedApp`: one of these besides what its rules ask for. */
  readonly namedGroups: readonly string[] | undefined;
  readonly requestId: string;
};

/** Lower case, without a trailing dot; `port` only where the client named one. */
export type RequestHost = { readonly name: string; readonly port: number | undefined };

/** What nobody should answer: proxy, gateway and app could read it differently. */
export type Malformed = {
  readonly outcome: 'malformed';
  readonly reason: MalformedReason;
  readonly detail: string;
};

export type MalformedReason =
  | 'missing_forwarded_header'
  | 'repeated_forwarded_header'
  | 'invalid_host'
  | 'invalid_method'
  | 'invalid_scheme'
  | 'invalid_path'
  | 'ambiguous_path'
  | 'identity_header_from_outside'
  | 'method_override'
  | 'client_address_unknown'
  | 'repeated_credential'
  | 'invalid_parameters'
  | 'unsupported_request';

// --- what an admin has configured, compiled ---

export type Dialect =
  | 'beamgate'
  | 'ecflow'
  | 'authentik'
  | 'remote-user'
  | 'oauth2-proxy'
  | 'forwarded-user'
  | 'grafana';

/** How text is written in an app's headers. */
export type HeaderEncoding = 'utf-8' | 'latin-1' | 'percent' | 'quoted-printable';

export type AppHost =
  | { readonly kind: 'exact'; readonly name: string; readonly port: number | undefined }
  /** Every host below `suffix` (which begins with a dot). */
  | { readonly kind: 'below'; readonly suffix: string; readonly port: number | undefined }
  | { readonly kind: 'any' };

export type EncodedCharacter = 'slash' | 'percent';

export type App = {
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  /** A picture as a `data:` address. */
  readonly icon: string | undefined;
  /** Whether the portal shows it to those who may open it. */
  readonly isListed: boolean;
  /** Where a browser finds it, without a final slash. */
  readonly url: string;
  readonly host: AppHost;
  /** The segments of its URL's path. */
  readonly prefix: readonly string[];
  /** The proxy has removed the prefix before it asks. */
  readonly stripped: boolean;
  /** The address that the proxy asks at may name groups, which narrow it. */
  readonly takesLabels: boolean;
  readonly providers: readonly string[];
  /** By provider: the audiences of bearer tokens, fewer than the provider accepts; without: all of the provider's. */
  readonly acceptTokensFor: ReadonlyMap<string, ReadonlySet<string>>;
  readonly rules: readonly Rule[];
  /** A CORS preflight needs no identity, where the request that it announces has a rule. */
  readonly passesPreflight: boolean;
  readonly dialect: Dialect;
  /** `globus-proxy`: those of the SciCat Globus Proxy's description, which its generated clients can read. */
  readonly statuses: 'any' | 'globus-proxy';
  /** Instead of the dialect's own. */
  readonly headerEncoding: HeaderEncoding | undefined;
  /** Its own sign-out, below its prefix. */
  readonly logoutPaths: readonly PathPattern[];
  readonly encodedCharacters: ReadonlySet<EncodedCharacter>;
  /** Which groups its headers and assertion carry; `undefined`: all. */
  readonly groupPatterns: readonly string[] | undefined;
  /** Paths into the provider's identity that its assertion carries besides. */
  readonly attributes: readonly string[];
  /** Headers of its own that it gets besides those of its dialect. */
  readonly setHeaders: readonly SetHeader[];
  /** Whose pages may change something here by a visitor's session, besides its own: `https://portal.lab.org`. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** Credential headers, lower case, that reach it although the gateway has read them. */
  readonly keep: ReadonlySet<string>;
  /** Standalone mode: WebSockets and event streams end when their request would be refused. */
  readonly endsStreams: boolean;
  /** Standalone mode: the app's own address. */
  readonly upstream: Upstream | undefined;
};

export type SetHeader = { readonly name: string } & (
  | { readonly kind: 'fixed'; readonly value: string }
  | { readonly kind: 'claim'; readonly path: string }
  /** Never given to a request that a public rule lets pass. */
  | { readonly kind: 'credential'; readonly reveal: () => string }
);

/** `removesPrefix`: the app sees paths without the prefix of its URL. */
export type Upstream = {
  readonly url: URL;
  readonly removesPrefix: boolean;
  /** CA certificates that are believed for it besides the usual ones. */
  readonly caPem: string | undefined;
};

/** Segments of a path: a literal, `*` one segment, `**` (last only) any number. */
export type PathPattern = {
  readonly text: string;
  readonly segments: readonly string[];
  readonly isPrefix: boolean;
};

/** Whether an address is one of them; structurally platform/networks.ts's. */
export type NetworkSet = { readonly texts: readonly string[]; has(address: string): boolean };

export type Rule = {
  /** `grafana.rules[0]`: what log lines, metrics and explanations call it. */
  readonly id: string;
  /** Its line in the file. */
  readonly line: number;
  readonly paths: readonly PathPattern[] | 'any';
  readonly methods: ReadonlySet<string> | 'any';
  /** Where the client's address has to be. */
  readonly networks: NetworkSet | 'any';
  /** It is evaluated, logged and counted where it fits, and never decides. */
  readonly isObserved: boolean;
  /** On a public rule: who it is, where a valid credential is there. */
  readonly identifies: boolean;
  readonly allow: Requirement;
  /** Which kinds of credential are read for it. */
  readonly credentials: ReadonlySet<CredentialKind>;
  /** How long ago the person may have signed in at most. */
  readonly maxAgeSeconds: number | undefined;
  /** How they have to have signed in, in the words of the provider: one of these. */
  readonly acr: ReadonlySet<string> | 'any';
};

export type Requirement =
  | { readonly kind: 'public' }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'signed-in' }
  | WhoRequirement;

/** `users`, `groups` and `roles` are alternatives (none at all: anyone); `realms` narrows them. */
export type WhoRequirement = {
  readonly kind: 'who';
  readonly users: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  readonly realms: ReadonlySet<string> | 'any';
};

// --- credentials and identities ---

export type CredentialKind = 'session' | 'bearer' | 'basic' | 'header';

export type Credential =
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed'; readonly header: string }
  | { readonly kind: 'header'; readonly header: string; readonly provider: string; readonly token: string }
  | { readonly kind: 'bearer'; readonly header: 'authorization'; readonly token: string }
  | { readonly kind: 'basic'; readonly header: 'authorization'; readonly userAndPassword: string }
  /** `host`: the one that the cookie was sent to, on which alone its id counts. */
  | { readonly kind: 'session'; readonly header: 'cookie'; readonly id: string; readonly host: string };

export type Identity = {
  readonly provider: string;
  readonly realm: string;
  /** The provider's immutable id of the user. */
  readonly id: string;
  readonly username: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly email: string | undefined;
  readonly name: string | undefined;
  /** What the provider said, for `attributes`. Never logged. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the provider said and the gateway could not use, in words for the admin; no values. */
  readonly claimProblems?: readonly string[];
  /** When the credential ends, epoch seconds; `undefined`: it does not say. */
  readonly expiresAt: number | undefined;
};

export type RejectedReason =
  | 'credential_malformed'
  | 'credential_unsupported'
  | 'token_malformed'
  | 'token_signature_invalid'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'token_anonymous'
  | 'token_refused'
  | 'token_issuer_unknown'
  | 'token_algorithm'
  | 'token_key_unknown'
  | 'token_expiry_missing'
  | 'token_not_access'
  | 'token_audience'
  | 'token_subject_missing'
  | 'token_username_missing'
  | 'identifier_unverified'
  | 'provider_not_accepted';

export type Authentication =
  | { readonly kind: 'absent' }
  | Rejection
  /** `signIn`: where the credential is a session. */
  | { readonly kind: 'verified'; readonly identity: Identity; readonly signIn?: SignIn };

/** When and how somebody signed in, epoch milliseconds. */
export type SignIn = { readonly authTimeMs: number; readonly acr: string | undefined };

/** `detail` is for the log: what was found, and what would have been right. The sender never reads it. */
export type Rejection = {
  readonly kind: 'rejected';
  readonly reason: RejectedReason;
  readonly detail?: string;
};

// --- the decision ---

export type Decision = Allow | Authenticate | Forbid | Malformed | SignOut;

export type Allow = {
  readonly outcome: 'allow';
  readonly reason:
    | 'public'
    | 'preflight'
    | 'signed_in'
    | 'user_listed'
    | 'in_group'
    | 'has_role'
    | 'in_realm';
  readonly app: App;
  readonly rule: Rule;
  /** `undefined` on a public rule that does not identify, or found nobody, and for a preflight. */
  readonly identity: Identity | undefined;
  /** The header whose credential the gateway has read, lower case. */
  readonly credentialHeader: string | undefined;
  /** It is the app's own sign-out, by a session, which ends with it. */
  readonly signsOut?: true;
};

export type Authenticate = {
  readonly outcome: 'authenticate';
  readonly reason: 'no_credential' | 'session_too_old' | 'stronger_sign_in_needed' | RejectedReason;
  readonly app: App;
  readonly rule: Rule;
  /** For the log, as of the rejection. */
  readonly detail?: string;
};

export type Forbid = {
  readonly outcome: 'forbid';
  readonly reason:
    | 'no_app'
    | 'app_host_mismatch'
    | 'no_rule'
    | 'labels_not_allowed'
    | 'nobody_allowed'
    | 'not_permitted'
    | 'cross_origin'
    | 'not_in_label_groups'
    | 'identity_too_large'
    | 'identity_unsendable';
  readonly app: App | undefined;
  readonly rule: Rule | undefined;
  readonly identity: Identity | undefined;
  /** For the log. */
  readonly detail?: string;
};

/** The app's own sign-out was opened: who is there, the gateway asks itself, and ends more than the app could. */
export type SignOut = {
  readonly outcome: 'sign_out';
  readonly reason: 'logout_path';
  readonly app: App;
  readonly rule: Rule;
};

// --- the answer to a proxy ---

export type Answer = {
  readonly status: number;
  /** In turn name, value, so that one name can stand twice. */
  readonly headers: readonly string[];
  readonly body: string;
};
