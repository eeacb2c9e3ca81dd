// What the pages say, in German. Pure.
import type { Texts } from './texts.ts';

export const german: Texts = {
  language: 'Deutsch',
  frame: {
    contact: 'Hilfe',
    toPortal: 'Alle Dienste',
    session: 'Angemeldet als',
    code: 'Code',
    reason: 'Grund',
    request: 'Anfrage',
  },
  chooser: {
    title: 'Anmelden',
    titleFor: (app) => `Bei ${app} anmelden`,
    about: 'Wählen Sie, wie Sie sich anmelden. Danach öffnen Sie jeden Dienst ohne weitere Anmeldung.',
    lastUsed: 'Zuletzt verwendet',
    kinds: { oidc: 'Zentrale Anmeldung', scicat: 'Benutzername und Passwort' },
    shared: 'Dieser Computer wird gemeinsam genutzt',
    sharedHint: 'Sie werden früher abgemeldet, und nichts wird gemerkt.',
    on: 'an',
    off: 'aus',
    none: 'Bei diesem Dienst kann sich niemand im Browser anmelden.',
  },
  scicat: {
    title: (provider) => `Mit ${provider} anmelden`,
    username: 'Benutzername',
    password: 'Passwort',
    submit: 'Anmelden',
    back: 'Anders anmelden',
    errors: {
      wrong: 'Benutzername oder Passwort ist falsch.',
      too_many: 'Zu viele Versuche. Warten Sie einen Moment und versuchen Sie es dann noch einmal.',
      unavailable: 'SciCat antwortet zurzeit nicht. Versuchen Sie es später noch einmal.',
      elsewhere: 'Das Formular kam von einer anderen Seite. Bitte melden Sie sich hier an.',
      incomplete: 'Geben Sie Benutzername und Passwort ein.',
    },
  },
  onward: { title: 'Einen Moment …', about: 'Sie werden weitergeleitet.', go: 'Weiter' },
  signOut: {
    title: 'Abmelden?',
    about: 'Sie werden von allen Diensten hinter diesem Gateway abgemeldet.',
    yes: 'Abmelden',
  },
  signedOut: {
    title: 'Sie sind abgemeldet',
    about: 'Alle Dienste hinter diesem Gateway haben Sie vergessen.',
    stillAt: (provider) =>
      `Bei ${provider} sind Sie möglicherweise noch angemeldet. Melden Sie sich an einem gemeinsam genutzten Computer auch dort ab, oder schließen Sie den Browser.`,
    again: 'Wieder anmelden',
  },
  providerDown: {
    title: (provider) => `${provider} antwortet nicht`,
    about: 'Diese Anmeldung ist zurzeit nicht möglich. Es liegt nicht an Ihnen, und nichts ist verloren.',
    retry: 'Noch einmal versuchen',
    others: 'Oder anders anmelden',
  },
  outage: {
    title: 'Zurzeit nicht verfügbar',
    about: 'Ein System, das für den Zugang nötig ist, antwortet nicht. Versuchen Sie es gleich noch einmal.',
    retry: 'Noch einmal versuchen',
  },
  flow: {
    title: {
      expired: 'Das hat zu lange gedauert',
      used: 'Diese Anmeldung ist vorbei',
      elsewhere: 'Diese Anmeldung begann woanders',
    },
    about: {
      expired:
        'Eine Anmeldung muss binnen zehn Minuten abgeschlossen sein. Beginnen Sie neu: Es geht schnell.',
      used: 'Ihre Antwort wurde schon verwendet, vielleicht durch die Zurück-Taste. Wenn Sie angemeldet sind, machen Sie einfach weiter.',
      elsewhere:
        'Sie begann in einem anderen Browser oder Fenster, oder dieser Browser speichert keine Cookies. Beginnen Sie hier neu, und erlauben Sie Cookies für diese Seite.',
    },
    again: 'Anmelden',
  },
  failed: {
    title: 'Die Anmeldung hat nicht geklappt',
    titleAt: (provider) => `Die Anmeldung bei ${provider} hat nicht geklappt`,
    reasons: {
      denied: 'Sie haben abgebrochen, oder der Anbieter lässt Sie hier nicht zu.',
      answer:
        'Die Antwort des Anbieters war nicht, wie sie sein soll. Mehr finden die Administratoren im Log.',
      username:
        'Der Anbieter hat Ihren Benutzernamen nicht genannt. Die Administratoren müssen seine Einrichtung ändern.',
      unverified:
        'Ihre E-Mail-Adresse ist hier Ihr Benutzername, und der Anbieter hat sie nicht bestätigt. Bestätigen Sie sie dort und melden Sie sich dann noch einmal an.',
      too_many_groups:
        'Sie sind in so vielen Gruppen, dass der Anbieter nicht alle nennt. Die Administratoren können einschränken, welche er nennt.',
      too_old: 'Eine frische Anmeldung war verlangt, und der Anbieter hat Sie nicht erneut gefragt.',
      not_strong_enough:
        'Eine stärkere Anmeldung war verlangt, etwa mit einem zweiten Faktor, und der Anbieter hat sie nicht ausgeführt.',
    },
    again: 'Noch einmal versuchen',
    other: 'Anders anmelden',
  },
  loop: {
    title: 'Hier geht es im Kreis',
    about: (app) =>
      `Sie haben sich binnen einer Minute mehrmals angemeldet, und ${app} schickt Sie immer wieder zurück. Wir haben hier angehalten.`,
    you: 'Was Sie tun können',
    cookies: 'Erlauben Sie Cookies für diese Seite und für den Dienst.',
    clock: 'Prüfen Sie, ob Datum und Uhrzeit Ihres Computers stimmen.',
    admins: 'Was die Administratoren prüfen sollten',
    host: 'Der Dienst ist mit dem Host und Schema eingetragen, unter denen er wirklich geöffnet wird.',
    path: 'Der Pfad /.beamgate/ auf dem Host des Dienstes führt zum Gateway.',
    header: 'Der Proxy reicht Cookies weiter, und kein Cache liegt dazwischen.',
    again: 'Noch einmal versuchen',
  },
  refused: {
    title: 'Kein Zugang',
    reasons: {
      no_app: 'Für diese Adresse ist kein Dienst eingerichtet.',
      app_host_mismatch: 'Diese Adresse gehört nicht zu dem Dienst, der genannt wurde.',
      no_rule: 'Keine Regel lässt diese Anfrage durch.',
      labels_not_allowed: 'Der Weg zu diesem Dienst ist nicht richtig eingerichtet.',
      nobody_allowed: 'Diese Adresse ist für alle geschlossen.',
      not_permitted: 'Sie sind angemeldet, dürfen diesen Dienst aber nicht nutzen.',
      cross_origin:
        'Eine Seite von anderswo hat das in Ihrem Namen angefragt. Öffnen Sie den Dienst selbst und versuchen Sie es dort.',
      not_in_label_groups: 'Sie sind angemeldet, dürfen diesen Dienst aber nicht nutzen.',
      identity_too_large: 'Sie sind für diesen Dienst in zu vielen Gruppen.',
      identity_unsendable:
        'Ihr Benutzername oder eine Ihrer Gruppen kann an diesen Dienst nicht weitergegeben werden.',
    },
    ask: 'Wenn Sie meinen, dass Sie Zugang haben sollten, senden Sie Code und Anfrage an die Administratoren.',
    askWhom: 'Wenn Sie meinen, dass Sie Zugang haben sollten, senden Sie Code und Anfrage an',
    service: 'Dienst',
    asked: 'Angefragt',
    person: 'Angemeldet als',
    change: 'Anderes Konto verwenden',
  },
  token: {
    title: 'Dieser Dienst braucht ein Token',
    about:
      'Die Anmeldung im Browser ist hier nicht eingerichtet. Programme kommen mit einem Token von Ihnen hinein.',
    how: (provider) =>
      `Melden Sie sich bei ${provider} an, kopieren Sie dort Ihr Token, und senden Sie es mit:`,
    yours: '<Ihr Token>',
  },
  portal: {
    title: 'Ihre Dienste',
    welcome: (name) => `Hallo, ${name}`,
    about: 'Alles, was Sie öffnen dürfen. Eine Anmeldung genügt für alles.',
    none: 'Es gibt noch keinen Dienst, den Sie öffnen dürfen.',
    signedOut: 'Melden Sie sich an, um zu sehen, was Sie öffnen dürfen.',
    signIn: 'Anmelden',
    signOut: 'Abmelden',
    sessions: 'Sitzungen',
  },
  sessions: {
    title: 'Ihre Sitzungen',
    titleAll: 'Alle Sitzungen',
    about: 'Wo Sie angemeldet sind. Beenden Sie, was Sie nicht kennen oder nicht mehr brauchen.',
    aboutAll: 'Alle, die angemeldet sind. Wer hier abgemeldet wird, ist sofort bei jedem Dienst abgemeldet.',
    current: 'Dieser Browser',
    shared: 'Gemeinsam genutzt',
    lastUsed: (when) => `zuletzt verwendet ${when}`,
    since: (when) => `angemeldet ${when}`,
    justNow: 'gerade eben',
    unknownDevice: 'Unbekanntes Gerät',
    end: 'Abmelden',
    endNamed: (name) => `Sitzung beenden: ${name}`,
    endAll: 'Überall abmelden',
    everybody: 'Sitzungen aller',
    mine: 'Nur meine',
    person: 'Benutzername',
    find: 'Suchen',
    none: 'Es gibt keine Sitzungen.',
    more: (count) => `${count} weitere werden nicht gezeigt.`,
    narrow: 'Grenzen Sie mit dem Benutzernamen ein.',
  },
};
