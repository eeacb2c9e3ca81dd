// Bodies that somebody sends with POST /transfer, and how each is answered. `200`: a transfer was asked for.

export type BodyCase = {
  readonly name: string;
  /** Exactly these bytes; `undefined`: none. */
  readonly body: string | Buffer | undefined;
  readonly headers?: readonly string[];
  /** Sent in chunks, without a Content-Length. */
  readonly isChunked?: boolean;
  /** `400 body_invalid` */
  readonly expected: string;
  /** What the message says. */
  readonly message?: RegExp;
};

const mebi = 1024 * 1024;
const maxBytes = 128 * mebi;
const files = (...paths: readonly string[]): string => filesOf(paths);
const filesOf = (paths: readonly string[]): string =>
  JSON.stringify({ fileList: paths.map((path) => ({ path, isSymlink: false })) });
const bytesIn = (text: string, ...bytes: readonly number[]): Buffer =>
  Buffer.from(text.replace('?', String.fromCharCode(...bytes)), 'latin1');
const deep = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);
const padded = (text: string, bytes: number): string => text + ' '.repeat(bytes - text.length);

function all(
  expected: string,
  message: RegExp | undefined,
  cases: Readonly<Record<string, string | Buffer>>,
) {
  return Object.entries(cases).map(([name, body]): BodyCase => {
    return { name, body, expected, ...(message === undefined ? {} : { message }) };
  });
}

const noJson = /no valid JSON/;

export const bodies: readonly BodyCase[] = [
  { name: 'none', body: undefined, expected: '200' },
  ...all('200', undefined, {
    empty: '',
    'spaces alone': ' \r\n\t ',
    null: 'null',
    'an empty object': '{}',
    'an empty list as Go writes it': '{"fileList":null}',
    'a list': files('a.tif', 'sub/b.tif'),
    'a list without isSymlink': '{"fileList":[{"path":"a.tif"}]}',
    'a list after a byte order mark': `\ufeff${files('a.tif')}`,
    'names beyond ASCII': files('caf\u00e9/\u65e5\u672c.tif', '\ud83d\ude00'),
    'another key': '{"files":[]}',
    'another key besides': '{"fileList":[{"path":"a.tif"}],"owner":"root"}',
    'another key in the list': '{"fileList":[{"path":"a.tif","recursive":true}]}',
    'a prototype': '{"__proto__":{"fileList":[{"path":"a.tif"}]}}',
    'a constructor': '{"constructor":{"prototype":{}}}',
    'one as large as is read': padded(files('a.tif'), maxBytes),
  }),
  ...all('400 body_too_large', /134217728/, {
    'one byte more': padded(files('a.tif'), maxBytes + 1),
  }),
  {
    name: '128 MB and more in chunks',
    body: padded('{}', maxBytes + 1),
    isChunked: true,
    expected: '400 body_too_large',
  },
  { name: 'a list in chunks', body: files('a.tif'), isChunked: true, expected: '200' },
  ...all('400 body_invalid', noJson, {
    text: 'hello',
    'half of it': '{"fileList":[{"path":"a',
    'two values': '{}{}',
    'a comma too many': '{"fileList":[],}',
    'a comment': '{}//',
    'single quotes': "{'fileList':[]}",
    NaN: 'NaN',
    'a form': 'fileList=a.tif',
    XML: '<fileList><path>a.tif</path></fileList>',
    'a NUL at its end': '{}\u0000',
    'an unescaped line break in a name': '{"fileList":[{"path":"a\nb"}]}',
  }),
  ...all('400 body_invalid', /body/, {
    'a list without an object': '[{"path":"a.tif"}]',
    'a text': '"a.tif"',
    'a number': '7',
    true: 'true',
    'fileList in another case': '{"filelist":[{"path":"a.tif"}]}',
    'a text for a list': '{"fileList":"a.tif"}',
    'an object for a list': '{"fileList":{"path":"a.tif"}}',
    'texts in the list': '{"fileList":["a.tif"]}',
    'null in the list': '{"fileList":[null]}',
    'a number for a path': '{"fileList":[{"path":7}]}',
    'a list for a path': '{"fileList":[{"path":["a.tif"]}]}',
    'no path': '{"fileList":[{}]}',
    'a text for isSymlink': '{"fileList":[{"path":"a.tif","isSymlink":"false"}]}',
    'brackets 100,000 deep': deep('[', ']', 100_000),
    'braces 50,000 deep': `${'{"fileList":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
    'a path 100,000 deep': `{"fileList":[{"path":${deep('[', ']', 100_000)}}]}`,
  }),
  ...all('400 body_invalid', /a key twice/, {
    'a list twice': '{"fileList":[{"path":"a.tif"}],"fileList":[{"path":"b.tif"}]}',
    'a path twice': '{"fileList":[{"path":"a.tif","path":"b.tif"}]}',
    'a path twice, in another spelling': '{"fileList":[{"path":"a.tif","p\\u0061th":"b.tif"}]}',
  }),
  ...all('400 body_invalid', /no UTF-8/, {
    'a byte that is no UTF-8': bytesIn('{"fileList":[{"path":"a?.tif"}]}', 0xff),
    'a slash in two bytes': bytesIn('{"fileList":[{"path":"..?x"}]}', 0xc0, 0xaf),
    'half a surrogate pair in UTF-8': bytesIn('{"fileList":[{"path":"?"}]}', 0xed, 0xa0, 0x80),
    'UTF-16': Buffer.from(files('a.tif'), 'utf16le').fill(0xff, 0, 1),
  }),
  ...all('400 file_list_empty', undefined, { 'an empty list': '{"fileList":[]}' }),
  ...all('400 file_path_repeated', undefined, { 'a file twice': files('a.tif', 'a.tif') }),
  ...all('400 file_path_invalid', undefined, {
    'a way out': files('../p2/secret'),
    'a way out in the middle': files('a/../../b'),
    'a way out with a backslash': files('..\\p2'),
    'an absolute path': files('/etc/passwd'),
    'a home folder': files('~root/x'),
    'an empty path': files(''),
    'an empty part': files('a//b'),
    'a NUL': files('a\u0000b'),
    'a line break': files('a\nb'),
    'half a surrogate pair': '{"fileList":[{"path":"\\ud800"}]}',
    'a path of 5 kB': files('a'.repeat(5000)),
  }),
  // Content-Type decides nothing: old clients send any, and it is read as JSON alone.
  ...[
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'nonsense',
    '',
  ].map(
    (type): BodyCase => ({
      name: `a list as ${type || 'an empty type'}`,
      body: files('a.tif'),
      headers: ['Content-Type', type],
      expected: '200',
    }),
  ),
  ...['gzip', 'br', 'deflate', 'gzip, gzip', 'x'].map(
    (encoding): BodyCase => ({
      name: `Content-Encoding ${encoding}`,
      body: files('a.tif'),
      headers: ['Content-Type', 'application/json', 'Content-Encoding', encoding],
      expected: '400 body_invalid',
      message: /compressed/,
    }),
  ),
  {
    name: 'Content-Encoding identity',
    body: files('a.tif'),
    headers: ['Content-Encoding', 'identity'],
    expected: '200',
  },
];
