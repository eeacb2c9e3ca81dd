// design.md's table of who may import whom, held against the text of the imports.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSources, type Source } from './sources.ts';

const gateway = readSources('gateway');
const transferService = readSources('transfer-service');
const platform = readSources('platform');
const services = [...gateway, ...transferService];

/** No I/O library, no clock, no randomness: what they need is an argument. */
const pure = [
  'gateway/policy/',
  'gateway/proxies/',
  'gateway/pages/',
  'gateway/portal/own-page.ts',
  'gateway/identity/',
  'gateway/presets.ts',
  'gateway/reasons.ts',
  'gateway/store/key-schedule.ts',
  'gateway/credentials/read.ts',
  'gateway/sessions/cookies.ts',
  'gateway/sessions/session.ts',
  'gateway/standalone/clean-headers.ts',
  'gateway/standalone/read.ts',
  'gateway/login/hops.ts',
  'gateway/login/pending-cookies.ts',
  'gateway/login/return-address.ts',
  'gateway/login/wanted.ts',
  'transfer-service/facilities.ts',
  'transfer-service/paths.ts',
  'transfer-service/listed-files.ts',
  'transfer-service/body-pieces.ts',
  'transfer-service/path-text.ts',
  'transfer-service/templates.ts',
  'transfer-service/store/items-text.ts',
  'transfer-service/store/stored-words.ts',
];

/** What a pure module may import besides types and other pure modules, and why that is no I/O. */
const justified: Readonly<Record<string, string>> = {
  'gateway/proxies/forwarded.ts node:net': 'isIP reads a text; no socket is opened',
  'gateway/proxies/names.ts platform/own-copy.ts': 'copies a text',
  'gateway/proxies/names.ts platform/usual-lines.ts': 'how usual names are written',
  'gateway/policy/app-index.ts platform/text-map.ts': 'a Map by texts',
  'gateway/proxies/credential-headers.ts platform/header-names.ts': 'text in, text out',
  'gateway/proxies/kind.ts platform/header-names.ts': 'text in, text out',
  'gateway/pages/html.ts hono/html': 'text in, text out',
  'gateway/pages/layout.ts hono/html': 'text in, text out',
  'gateway/pages/answer-page.ts node:crypto': 'the hash of a constant',
};

const fileUsers: Readonly<Record<string, string>> = {
  'gateway/store/key-encryption.ts': 'makes a key on the first start',
  'transfer-service/docs.ts': 'serves the description of its API, which lies beside it',
};

const ioOfNode = /^node:(?!assert)/;

describe('imports', () => {
  it('are found in the text, else this file proves nothing', () => {
    const importing = services.filter(({ imports }) => imports.length > 0);
    assert.ok(importing.length > services.length * 0.8, `${importing.length} of ${services.length} import`);
    const authorize = services.find(({ path }) => path === 'gateway/authorize.ts');
    assert.ok(authorize?.imports.includes('gateway/policy/match.ts'));
  });

  it('never lead from one service to the other', () => {
    assert.deepEqual(importsMatching(gateway, /^transfer-service\//), []);
    assert.deepEqual(importsMatching(transferService, /^gateway\//), []);
  });

  it('never lead from platform/ into a service, nor from anything into cli/ or test/', () => {
    assert.deepEqual(importsMatching(platform, /^(?:gateway|transfer-service|cli|test)\//), []);
    assert.deepEqual(importsMatching(services, /^(?:cli|test)\//), []);
  });

  it('do not stand in the gateway’s types.ts', () => {
    const types = gateway.find(({ path }) => path === 'gateway/types.ts');
    assert.deepEqual(types?.imports, []);
  });

  it('do not lead into main.ts or start.ts, which build everything from everything', () => {
    const others = services.filter(({ path }) => !/\/(?:main|start)\.ts$/.test(path));
    assert.deepEqual(importsMatching(others, /^(?:gateway|transfer-service)\/(?:main|start)\.ts$/), []);
  });

  it('of the pipeline lead to pure modules and types: its I/O arrives as an argument', () => {
    const authorize = gateway.filter(({ path }) => path === 'gateway/authorize.ts');
    // The class of an outage, and what goes on with a value or a promise: neither opens anything.
    const harmless = ['platform/unavailable.ts', 'platform/now-or-later.ts'];
    const allowed = (name: string) =>
      isPure(name) || harmless.includes(name) || isOnlyATypeOf(authorize, name);
    assert.deepEqual(
      authorize.flatMap(({ imports }) => imports.filter((name) => !allowed(name))),
      [],
    );
  });
});

describe('pure modules', () => {
  const sources = services.filter(({ path }) => isPure(path));

  it('are where this test looks for them', () => {
    for (const place of pure)
      assert.ok(
        sources.some(({ path }) => path.startsWith(place)),
        `${place} is nowhere`,
      );
  });

  it('import types and one another only', () => {
    const wrong = sources.flatMap((source) =>
      source.imports
        .filter((name) => !isPure(name) && !isTypes(name) && !isOnlyATypeOf([source], name))
        .map((name) => `${source.path} ${name}`)
        .filter((found) => justified[found] === undefined),
    );
    assert.deepEqual(wrong, []);
  });

  it('know no clock and no chance', () => {
    const impure =
      /\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bMath\.random\b|\brandomUUID\b|\bset(?:Timeout|Interval|Immediate)\b|\bprocess\.|\bfetch\(/;
    assert.deepEqual(
      sources.filter(({ text }) => impure.test(withoutComments(text))).map(({ path }) => path),
      [],
    );
  });

  it('need no exception that nobody makes any more', () => {
    const found = new Set(sources.flatMap(({ path, imports }) => imports.map((name) => `${path} ${name}`)));
    assert.deepEqual(
      Object.keys(justified).filter((exception) => !found.has(exception)),
      [],
    );
  });
});

describe('modules that do I/O', () => {
  it('leave the process to main.ts: environment, arguments and signals are passed in', () => {
    const users = services.filter(({ text }) => /\bprocess\.(?:env|argv|on|once|exit)\b/.test(text));
    assert.deepEqual(
      users.map(({ path }) => path).filter((path) => !path.endsWith('/main.ts')),
      [],
    );
  });

  it('reach the network through platform/outgoing.ts, which bounds it', () => {
    const callers = services.filter(
      ({ text, imports }) =>
        /\bfetch\(['"`]/.test(text) || (imports.includes('undici') && !isOnlyATypeOf([{ text }], 'undici')),
    );
    assert.deepEqual(
      callers.map(({ path }) => path),
      [],
    );
  });

  it('reach the file system in few places, each for a reason', () => {
    const users = services.filter(({ imports }) => imports.some((name) => /^node:fs/.test(name)));
    assert.deepEqual(
      users
        .map(({ path }) => path)
        .filter((path) => !path.endsWith('/main.ts') && fileUsers[path] === undefined),
      [],
    );
  });

  it('never start another process or thread of execution from text', () => {
    assert.deepEqual(
      importsMatching([...services, ...platform], /^node:(?:child_process|vm|worker_threads|cluster)$/),
      [],
    );
    const evaluating = [...services, ...platform].filter(({ text }) =>
      /\beval\(|new Function\(/.test(withoutComments(text)),
    );
    assert.deepEqual(
      evaluating.map(({ path }) => path),
      [],
    );
  });
});

function isPure(path: string): boolean {
  return !ioOfNode.test(path) && pure.some((place) => path.startsWith(place));
}

function isTypes(path: string): boolean {
  return /^(?:gateway|transfer-service)\/types\.ts$/.test(path);
}

/** `import type`, or an import whose every name is marked as a type: gone once types are stripped. */
function isOnlyATypeOf(sources: readonly Pick<Source, 'text'>[], name: string): boolean {
  const file = name.split('/').at(-1) ?? name;
  return sources.every(({ text }) =>
    [...text.matchAll(/import\s+(type\s+)?(\{[^}]*\}|[\w*]+(?:\s+as\s+\w+)?)\s+from\s+'([^']+)'/g)]
      .filter(([, , , specifier = '']) => (specifier.split('/').at(-1) ?? specifier) === file)
      .every(
        ([, isType, names = '']) =>
          isType !== undefined ||
          names
            .replace(/[{}]/g, '')
            .split(',')
            .every((one) => one.trim() === '' || one.trim().startsWith('type ')),
      ),
  );
}

function importsMatching(sources: readonly Source[], pattern: RegExp): readonly string[] {
  return sources.flatMap(({ path, imports }) =>
    imports.filter((name) => pattern.test(name)).map((name) => `${path} imports ${name}`),
  );
}

function withoutComments(text: string): string {
  return text.replace(/^\s*\/\/.*$/gm, '').replace(/\/\*.*?\*\//gs, '');
}
