// A private certificate authority, made for one test with the machine's openssl, and certificates of it for loopback.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Authority = {
  /** Its certificate, in PEM. */
  readonly pem: string;
  /** A file that holds it. */
  readonly file: string;
  /** Of a server on loopback, or on the names that are given. */
  readonly server: { readonly key: string; readonly cert: string };
};

/** @param names of its server, as subjectAltName has them. */
export function makeAuthority(names: readonly string[] = ['IP:127.0.0.1', 'DNS:localhost']): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-ca-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string) => join(folder, name);
  const run = (...parameters: readonly string[]) =>
    execFileSync('openssl', [...parameters], { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  run('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Lab CA', '-days', '2');
  run('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=server');
  writeFileSync(at('names'), `subjectAltName=${names.join(',')}\n`);
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-days', '2'];
  run('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.pem');
  const read = (name: string) => readFileSync(at(name), 'utf8');
  return {
    pem: read('ca.pem'),
    file: at('ca.pem'),
    server: { key: read('server.key'), cert: read('server.pem') },
  };
}
