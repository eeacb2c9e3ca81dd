// Where a config file is looked for when none is named: where the SciCat Globus Proxy looked. Pure.
import { posix, win32 } from 'node:path';

export type Surroundings = {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  /** Where the program lies. */
  readonly programFolder: string;
};

const fileName = 'scicat-globus-proxy-config.yaml';

/**
 * Next to the program, in the container's folder, in the user's config directory; the first one that exists counts.
 * @see https://pkg.go.dev/os#UserConfigDir
 */
export function configLocations(surroundings: Surroundings): readonly string[] {
  const { join } = surroundings.platform === 'win32' ? win32 : posix;
  const userFolder = userConfigFolder(surroundings);
  return [
    join(surroundings.programFolder, fileName),
    ...(surroundings.platform === 'win32' ? [] : [join('/service', fileName)]),
    ...(userFolder === undefined ? [] : [join(userFolder, 'scicat-globus-proxy', fileName)]),
  ];
}

function userConfigFolder({ platform, environment, homeFolder }: Surroundings): string | undefined {
  switch (platform) {
    case 'win32':
      return environment.AppData ?? environment.APPDATA;
    case 'darwin':
      return posix.join(homeFolder, 'Library', 'Application Support');
    default:
      // A relative one would depend on where the program is started (XDG Base Directory Specification).
      return environment.XDG_CONFIG_HOME?.startsWith('/')
        ? environment.XDG_CONFIG_HOME
        : posix.join(homeFolder, '.config');
  }
}
