import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configLocations } from '../../transfer-service/config-locations.ts';

const file = 'scicat-globus-proxy-config.yaml';
const surroundings = {
  platform: 'linux',
  environment: {},
  homeFolder: '/home/a',
  programFolder: '/opt/beamgate',
} as const;

test('looks next to the program, in the container’s folder, in the user’s config directory', () => {
  assert.deepEqual(configLocations(surroundings), [
    `/opt/beamgate/${file}`,
    `/service/${file}`,
    `/home/a/.config/scicat-globus-proxy/${file}`,
  ]);
});

test('follows XDG_CONFIG_HOME where it is an absolute path', () => {
  const userFile = (XDG_CONFIG_HOME: string) =>
    configLocations({ ...surroundings, environment: { XDG_CONFIG_HOME } }).at(-1);
  assert.equal(userFile('/cfg'), `/cfg/scicat-globus-proxy/${file}`);
  assert.equal(userFile('cfg'), `/home/a/.config/scicat-globus-proxy/${file}`);
  assert.equal(userFile(''), `/home/a/.config/scicat-globus-proxy/${file}`);
});

test('knows where macOS and Windows keep configuration', () => {
  assert.equal(
    configLocations({ ...surroundings, platform: 'darwin' }).at(-1),
    `/home/a/Library/Application Support/scicat-globus-proxy/${file}`,
  );
  assert.deepEqual(
    configLocations({
      platform: 'win32',
      environment: { AppData: 'C:\\Users\\a\\AppData\\Roaming' },
      homeFolder: 'C:\\Users\\a',
      programFolder: 'C:\\beamgate',
    }),
    [`C:\\beamgate\\${file}`, `C:\\Users\\a\\AppData\\Roaming\\scicat-globus-proxy\\${file}`],
  );
});
