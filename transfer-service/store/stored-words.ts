// A stored text as one of the words that this code writes; any other is a damaged database. Pure.

export function oneOf<Value extends string>(values: readonly Value[], text: string): Value {
  const found = values.find((value) => value === text);
  if (found === undefined) throw damaged(`"${text}"`);
  return found;
}

export function damaged(what: string): Error {
  return new Error(`the database holds ${what} that this version cannot have written`);
}
