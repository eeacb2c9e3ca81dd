// Tells when one of some files has changed, once it has been quiet for a moment: an editor writes in several steps. Asks
// for their state at intervals: that works for a mounted file, for one that a link leads to (Kubernetes), and for NFS.
import { type StatsListener, unwatchFile, watchFile } from 'node:fs';

export type WatchedFiles = {
  /** These from now on, and no others. */
  watch(paths: readonly string[]): void;
  /** This one too. */
  watchAlso(path: string): void;
  close(): void;
};

export function watchFiles(
  onChange: () => void,
  { intervalMs, quietMs }: { readonly intervalMs: number; readonly quietMs: number },
): WatchedFiles {
  const watched = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const changed: StatsListener = () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, quietMs);
  };
  const unwatch = (path: string): void => {
    unwatchFile(path, changed);
    watched.delete(path);
  };
  const watchAlso = (path: string): void => {
    if (watched.has(path)) return;
    watched.add(path);
    watchFile(path, { persistent: false, interval: intervalMs }, changed);
  };
  return {
    watch: (paths) => {
      for (const path of watched) if (!paths.includes(path)) unwatch(path);
      for (const path of paths) watchAlso(path);
    },
    watchAlso,
    close: () => {
      clearTimeout(timer);
      for (const path of [...watched]) unwatch(path);
    },
  };
}
