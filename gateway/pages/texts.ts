// What the pages say, in English; every other language has to say the same, or it does not compile. Pure.
import type { Forbid } from '../types.ts';
import type { Language } from './look.ts';
import { german } from './texts-german.ts';

const english = {
  language: 'English',
  frame: {
    contact: 'Help',
    toPortal: 'All services',
    session: 'Signed in as',
    code: 'Code',
    reason: 'Reason',
    request: 'Request',
  },
  chooser: {
    title: 'Sign in',
    titleFor: (app: string) => `Sign in to ${app}`,
    about: 'Choose how you want to sign in. You then open every service without signing in again.',
    lastUsed: 'Used last time',
    kinds: { oidc: 'Single sign-on', scicat: 'User name and password' },
    shared: 'This is a shared computer',
    sharedHint: 'You are signed out sooner, and nothing is remembered.',
    on: 'on',
    off: 'off',
    none: 'Nobody can sign in to this service with a browser.',
  },
  scicat: {
    title: (provider: string) => `Sign in with ${provider}`,
    username: 'User name',
    password: 'Password',
    submit: 'Sign in',
    back: 'Another way to sign in',
    errors: {
      wrong: 'User name or password is wrong.',
      too_many: 'Too many attempts. Wait a moment, then try again.',
      unavailable: 'SciCat does not answer at the moment. Try again in a while.',
      elsewhere: 'The form was sent from another page. Please sign in here.',
      incomplete: 'Enter your user name and your password.',
    },
  },
  onward: { title: 'One moment …', about: 'You are being taken on.', go: 'Continue' },
  signOut: {
    title: 'Sign out?',
    about: 'You will be signed out of every service behind this gateway.',
    yes: 'Sign out',
  },
  signedOut: {
    title: 'You are signed out',
    about: 'Every service behind this gateway has forgotten you.',
    stillAt: (provider: string) =>
      `You may still be signed in at ${provider}. On a computer that others use, sign out there too, or close the browser.`,
    again: 'Sign in again',
  },
  providerDown: {
    title: (provider: string) => `${provider} does not answer`,
    about: 'Signing in this way is not possible at the moment. It is not your fault, and nothing is lost.',
    retry: 'Try again',
    others: 'Or sign in another way',
  },
  outage: {
    title: 'Not available at the moment',
    about: 'Something that is needed to let you in does not answer. Try again in a moment.',
    retry: 'Try again',
  },
  flow: {
    title: {
      expired: 'This took too long',
      used: 'This sign-in is over',
      elsewhere: 'This sign-in began elsewhere',
    },
    about: {
      expired: 'A sign-in has to be finished within ten minutes. Begin again: it is quick.',
      used: 'Its answer has been used already, perhaps by the back button. If you are signed in, just go on.',
      elsewhere:
        'It was begun in another browser or window, or this browser does not keep cookies. Begin again here, and allow cookies for this site.',
    },
    again: 'Sign in',
  },
  failed: {
    title: 'Signing in did not work',
    titleAt: (provider: string) => `Signing in at ${provider} did not work`,
    reasons: {
      denied: 'You cancelled, or the provider does not let you in here.',
      answer:
        'The answer of the provider was not what it should be. The administrators find more in the log.',
      username:
        'The provider did not say what your user name is. The administrators have to change its set-up.',
      unverified:
        'Your e-mail address is your user name here, and the provider has not verified it. Verify it there, then sign in again.',
      too_many_groups:
        'You are a member of so many groups that the provider does not name them all. The administrators can restrict which groups it names.',
      too_old: 'A fresh sign-in was asked for, and the provider did not ask you again.',
      not_strong_enough:
        'A stronger sign-in was asked for, such as with a second factor, and the provider did not do it.',
    },
    again: 'Try again',
    other: 'Another way to sign in',
  },
  loop: {
    title: 'This goes round in circles',
    about: (app: string) =>
      `You have signed in several times within a minute, and ${app} still sends you back. We stopped here.`,
    you: 'What you can do',
    cookies: 'Allow cookies for this site and for the service.',
    clock: 'Check that date and time of your computer are right.',
    admins: 'What the administrators should check',
    host: 'The service is configured with the host and scheme under which it is really opened.',
    path: 'The path /.beamgate/ on the host of the service leads to the gateway.',
    header: 'The proxy passes cookies on, and no cache lies in between.',
    again: 'Try once more',
  },
  refused: {
    title: 'No way in here',
    reasons: {
      no_app: 'No service is configured for this address.',
      app_host_mismatch: 'This address does not belong to the service that was named.',
      no_rule: 'No rule lets this request pass.',
      labels_not_allowed: 'The way to this service is not set up as it should be.',
      nobody_allowed: 'This address is closed for everybody.',
      not_permitted: 'You are signed in, but may not use this service.',
      cross_origin:
        'A page of another site asked for this in your name. Open the service itself and try again.',
      not_in_label_groups: 'You are signed in, but may not use this service.',
      identity_too_large: 'You are a member of too many groups for this service.',
      identity_unsendable: 'Your user name or one of your groups cannot be passed on to this service.',
    } satisfies Record<Forbid['reason'], string>,
    ask: 'If you think that you should get in, send the code and the request below to the administrators.',
    askWhom: 'If you think that you should get in, send the code and the request below to',
    service: 'Service',
    asked: 'Asked for',
    person: 'Signed in as',
    change: 'Use another account',
  },
  token: {
    title: 'This service needs a token',
    about: 'Signing in with a browser is not set up at this gateway. Programs get in with a token of yours.',
    how: (provider: string) => `Sign in at ${provider}, copy your token there, and send it along:`,
    yours: '<your token>',
  },
  portal: {
    title: 'Your services',
    welcome: (name: string) => `Hello, ${name}`,
    about: 'Everything that you may open. One sign-in is enough for all of it.',
    none: 'There is no service yet that you may open.',
    signedOut: 'Sign in to see the services that you may open.',
    signIn: 'Sign in',
    signOut: 'Sign out',
    sessions: 'Sessions',
  },
  sessions: {
    title: 'Your sessions',
    titleAll: 'All sessions',
    about: 'Where you are signed in. End what you do not know, or no longer need.',
    aboutAll: 'Everybody who is signed in. Who is signed out here is out of every service at once.',
    current: 'This browser',
    shared: 'Shared computer',
    lastUsed: (when: string) => `last used ${when}`,
    since: (when: string) => `signed in ${when}`,
    justNow: 'just now',
    unknownDevice: 'Unknown device',
    end: 'Sign out',
    endNamed: (name: string) => `End the session: ${name}`,
    endAll: 'Sign out everywhere',
    everybody: 'Everybody’s sessions',
    mine: 'Only mine',
    person: 'User name',
    find: 'Find',
    none: 'There are no sessions.',
    more: (count: number) => `${count} more are not shown.`,
    narrow: 'Narrow it down by user name.',
  },
};

/** As wide as any language says it. */
export type Texts = Widened<typeof english>;

type Widened<Value> = Value extends string
  ? string
  : Value extends (...given: infer Given) => string
    ? (...given: Given) => string
    : { readonly [Key in keyof Value]: Widened<Value[Key]> };

const texts: Readonly<Record<Language, Texts>> = { en: english, de: german };

export function textsIn(language: Language): Texts {
  return texts[language];
}
