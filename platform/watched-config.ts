// Reads a configuration file with everything that it names, and reloads a service when one of these files has changed, or
// on SIGHUP.
import { readFile } from './config/read-file.ts';
import type { Ending } from './process.ts';
import { watchFiles } from './watch-files.ts';

export type ReadFile = typeof readFile;

export type Reloading<Loaded> = {
  reload(load: () => Promise<Loaded>): Promise<void>;
  close(graceMs: number): Promise<void>;
};

export type WatchedConfig<Loaded> = {
  readonly load: () => Promise<Loaded>;
  /** From now on the service gets what has changed, since the first `load` too. */
  serve(service: Reloading<Loaded>): Ending;
};

/** @param read reads the file and the others by this `readFile`: so it is known which to watch. */
export function watchConfig<Loaded>(
  file: string,
  read: (readFile: ReadFile) => Promise<Loaded> | Loaded,
): WatchedConfig<Loaded> {
  const filesRead = new Set<string>();
  let service: Reloading<Loaded> | undefined;
  let hasChangedEarly = false;
  const reload = async (): Promise<void> => {
    hasChangedEarly = service === undefined;
    await service?.reload(load);
    files.watch([file, ...filesRead]);
  };
  const files = watchFiles(() => void reload(), { intervalMs: 1000, quietMs: 300 });
  const load = async () => {
    filesRead.clear();
    return read((path, encoding) => {
      filesRead.add(path);
      // Before it is read: a change in between counts too, however long the start takes.
      files.watchAlso(path);
      return readFile(path, encoding);
    });
  };
  return {
    load,
    serve: (running) => {
      service = running;
      if (hasChangedEarly) void reload();
      return {
        reload,
        close: (graceMs) => {
          files.close();
          return running.close(graceMs);
        },
      };
    },
  };
}
