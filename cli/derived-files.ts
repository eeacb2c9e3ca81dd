// Files that are others with some of their text replaced. Pure: current files are read through the argument.

export type Replacement = readonly [wanted: string, put: string];

export type DerivedFile = { readonly from: string; readonly replace: readonly Replacement[] };

/** @throws Error when a file has changed so that a replacement finds nothing to replace. */
export function deriveFiles(
  files: Readonly<Record<string, DerivedFile>>,
  purpose: string,
  read: (path: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).map(([path, { from, replace }]) => {
      const text = replace.reduce((current, [wanted, put]) => {
        if (!current.includes(wanted)) throw new Error(`${from} has no ${JSON.stringify(wanted)}`);
        return current.replaceAll(wanted, () => put);
      }, read(from));
      return [path, `# Made from ${from} by \`npm run generate\`, for ${purpose}.\n${text}`];
    }),
  );
}
