// A path of SciCat's file list, relative to the dataset's folder: some backends list absolute ones. Pure.

/** @returns `undefined` for the dataset's folder itself, which a directory walk may list. */
export function relativePath(path: string, datasetFolder: string): string | undefined {
  const folder = withoutFinalSlashes(datasetFolder);
  const below = path.startsWith(`${folder}/`)
    ? path.slice(folder.length + 1)
    : path.replace(/^(?:\.\/)+/, '');
  const relative = withoutFinalSlashes(below);
  return relative === '.' || /^(?:\.\/)+$/.test(path) || path === folder ? undefined : relative;
}

function withoutFinalSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}
