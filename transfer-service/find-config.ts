// The configuration file when none is named: the first of the known places that exists.
import { configLocations, type Surroundings } from './config-locations.ts';

/** @throws Error that names every place that was looked at. */
export function findConfigFile(surroundings: Surroundings, exists: (path: string) => boolean): string {
  const places = configLocations(surroundings);
  const found = places.find(exists);
  if (found !== undefined) return found;
  const list = places.map((place) => `  ${place}`).join('\n');
  throw new Error(`no configuration file: name one with --config, or put it at one of\n${list}`);
}
