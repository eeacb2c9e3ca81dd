// A path of SciCat's file list, relative to the dataset's folder: some backends list absolute ones. Pure.

export function relativePath(path: string, datasetFolder: string): string {
  const folder = datasetFolder.endsWith('/') ? datasetFolder : `${datasetFolder}/`;
  return path.startsWith(folder) ? path.slice(folder.length) : path.replace(/^\.\//, '');
}
