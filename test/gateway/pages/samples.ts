// Every page there is, once as people see it, and once with every text from outside hostile.
import {
  flowExpiredPage,
  loopPage,
  outagePage,
  providerDownPage,
  signedOutPage,
  signInFailedPage,
  signOutPage,
} from '../../../gateway/pages/interruptions.ts';
import type { Page } from '../../../gateway/pages/layout.ts';
import type { Look } from '../../../gateway/pages/look.ts';
import { portalPage, welcomePage } from '../../../gateway/pages/portal.ts';
import { refusedPage } from '../../../gateway/pages/refused.ts';
import { sessionsPage } from '../../../gateway/pages/sessions.ts';
import { chooserPage, onwardPage, scicatSignInPage, tokenHelpPage } from '../../../gateway/pages/sign-in.ts';

const logo = `data:image/svg+xml;base64,${Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="16" fill="#0a7a5c"/><circle cx="32" cy="32" r="15" fill="none" stroke="#fff" stroke-width="5"/><path d="M4 32h56" stroke="#ffd166" stroke-width="5"/></svg>',
).toString('base64')}`;

export const sampleLook: Look = {
  language: 'en',
  publicUrl: 'https://lab.org/sso',
  site: {
    name: 'Example Light Source',
    logo,
    contact: { text: 'help@lab.org', href: 'mailto:help@lab.org' },
  },
};

/** @param text a value from outside -> what stands in its place. */
export function everyPage(
  look: Look,
  text: (plain: string) => string = (plain) => plain,
): Readonly<Record<string, Page>> {
  const providers = [
    {
      title: text('Facility account'),
      kind: 'oidc',
      href: text('/sso/login?provider=keycloak'),
      isRemembered: true,
    },
    { title: text('SciCat'), kind: 'scicat', href: text('/sso/login?provider=scicat'), isRemembered: false },
  ] as const;
  const person = {
    name: text('Ada Lovelace'),
    username: text('ada'),
    providerTitle: text('Facility account'),
  };
  const here = {
    retryHref: text('/sso/login?app=grafana'),
    portalHref: text('/sso/'),
    code: text('K7WX-2MPQ'),
    requestId: text('5f1c9d'),
  };
  const minute = 60_000;
  const session = (overrides: object) => ({
    key: text('k1'),
    username: text('ada'),
    providerTitle: text('Facility account'),
    device: text('Firefox, Linux'),
    address: text('192.0.2.17'),
    createdAtMs: 0,
    lastSeenAtMs: 300 * minute,
    isShared: false,
    isCurrent: false,
    ...overrides,
  });
  const sessions = [
    session({ isCurrent: true }),
    session({
      device: text('Safari, iOS'),
      lastSeenAtMs: 290 * minute,
    }),
    session({
      isShared: true,
      lastSeenAtMs: 120 * minute,
      address: undefined,
      device: text('Chrome, Windows'),
    }),
  ];
  const shared = { isOn: true, href: text('/sso/login?app=grafana') };
  const list = { person, sessions, unlisted: 12, isAdmin: true, nowMs: 301 * minute } as const;
  const form = {
    providerTitle: text('SciCat'),
    action: text('/sso/login/scicat'),
    hidden: { app: text('grafana') },
    isShared: true,
    backHref: text('/sso/login'),
  };
  const apps = [
    {
      title: text('Grafana'),
      description: text('Dashboards of the beamlines and the storage'),
      url: text('https://lab.org/grafana'),
      icon: undefined,
    },
    {
      title: text('MinIO'),
      description: text('Object storage'),
      url: text('https://minio.lab.org'),
      icon: undefined,
    },
    {
      title: text('Prefect'),
      description: text('Ingestion and archiving flows: what runs, what failed, and why'),
      url: text('https://lab.org/archiver/prefect'),
      icon: logo,
    },
    {
      title: text('Traefik dashboard'),
      description: undefined,
      url: text('https://traefik.lab.org'),
      icon: undefined,
    },
    {
      title: text('Data transfer'),
      description: text('Datasets between facilities'),
      url: text('https://lab.org/globus'),
      icon: undefined,
    },
  ];
  return {
    chooser: chooserPage({ appTitle: text('Grafana'), providers, shared }, look),
    'chooser-of-nobody': chooserPage(
      { appTitle: undefined, providers: [], shared: { ...shared, isOn: false } },
      look,
    ),
    'scicat-sign-in': scicatSignInPage(
      { ...form, username: undefined, error: undefined, code: undefined },
      look,
    ),
    'scicat-refused': scicatSignInPage(
      { ...form, username: text('ada'), error: 'wrong', code: undefined },
      look,
    ),
    'scicat-stopped': scicatSignInPage(
      { ...form, username: text('ada'), error: 'too_many', code: here.code },
      look,
    ),
    onward: onwardPage({ href: text('#onward') }, look),
    'token-help': tokenHelpPage(
      [
        { name: text('scicat'), header: text('SciCat-API-Key') },
        { name: text('keycloak'), header: undefined },
      ],
      look,
    ),
    'sign-out': signOutPage({ action: text('/sso/logout'), portalHref: text('/sso/') }, look),
    'signed-out': signedOutPage(
      { signInHref: text('/sso/login'), stillSignedInAt: text('Facility account') },
      look,
    ),
    'provider-down': providerDownPage(
      { ...here, providerTitle: text('Facility account'), others: providers.slice(1) },
      look,
    ),
    outage: outagePage(here, look),
    'flow-expired': flowExpiredPage({ ...here, restartHref: here.retryHref, why: 'expired' }, look),
    'flow-used': flowExpiredPage({ ...here, restartHref: here.retryHref, why: 'used' }, look),
    'flow-elsewhere': flowExpiredPage({ ...here, restartHref: here.retryHref, why: 'elsewhere' }, look),
    'sign-in-failed': signInFailedPage(
      {
        ...here,
        providerTitle: text('Facility account'),
        why: 'too_many_groups',
        reason: text('group_overage'),
        otherHref: text('/sso/login'),
      },
      look,
    ),
    loop: loopPage({ ...here, appTitle: text('Grafana') }, look),
    refused: refusedPage(
      {
        username: text('ada'),
        title: text('Grafana'),
        asked: text('https://lab.org/grafana/admin/users'),
        reason: 'not_permitted',
        code: text('K7WX-2MPQ'),
        requestId: text('0f5c7a52-4a6e-4a51-9a0f-0c8c2a2c9d11'),
        changeHref: text('/sso/login?change=account'),
      },
      look,
    ),
    portal: portalPage({ person, apps }, look),
    'portal-empty': portalPage({ person: { ...person, name: undefined }, apps: [] }, look),
    welcome: welcomePage({ signInHref: text('/sso/login') }, look),
    sessions: sessionsPage({ ...list, scope: 'mine', filter: undefined }, look),
    'sessions-of-all': sessionsPage({ ...list, scope: 'everybody', filter: text('ada') }, look),
  };
}
