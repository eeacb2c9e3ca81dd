// The README's file for a certificate of one's own, as the real Traefik reads it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { connect } from 'node:tls';
import { load } from 'js-yaml';
import { freePort, startTraefik } from '../end-to-end/traefik.ts';
import { describeWith, findPart, openssl, traefik } from '../real-parts/find.ts';
import { makeAuthority } from '../tls/authority.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, block = ''] = /```yaml\n# traefik\/dynamic\/tls\.yaml\n([\s\S]*?)```/.exec(readme) ?? [];

describeWith([traefik, openssl], 'traefik/dynamic/tls.yaml of the README', () => {
  it('has Traefik serve that certificate, which a client then believes', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'beamgate-certificate-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const authority = makeAuthority(['DNS:lab.localhost']);
    writeFileSync(join(folder, 'lab.crt'), authority.server.cert);
    writeFileSync(join(folder, 'lab.key'), authority.server.key);
    assert.ok(block.includes('traefik/dynamic/lab.crt'), block);
    const file = load(block.replaceAll('traefik/dynamic', folder));
    assert.ok(typeof file === 'object' && file !== null);
    // In the gateway's place: whatever is asked may pass.
    const gateway = createServer((_request, response) => void response.end('{}')).listen(0, '127.0.0.1');
    t.after(() => gateway.close());
    await once(gateway, 'listening');
    const address = gateway.address();
    assert.ok(typeof address === 'object' && address !== null);
    const ports = { proxies: address.port, public: address.port, transfer: await freePort() };
    const running = await startTraefik(findPart(traefik) ?? '', ports, () => file);
    t.after(() => running.stop());
    const socket = connect({ port: running.securePort, servername: 'lab.localhost', ca: authority.pem });
    await once(socket, 'secureConnect');
    assert.ok(socket.authorized);
    socket.destroy();
  });
});
