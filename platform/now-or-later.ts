// What is mostly known at once and sometimes has to be waited for. On the hot path a promise for a known value costs
// more than the value: these two go on in the same turn where they can.

export type NowOrLater<Value> = Value | Promise<Value>;

/** As `await value` and then `next`. */
export function andThen<Value, Result>(
  value: NowOrLater<Value>,
  next: (value: Value) => NowOrLater<Result>,
): NowOrLater<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** As `try { return await start() } catch`. */
export function orElse<Value>(
  start: () => NowOrLater<Value>,
  recover: (error: unknown) => Value,
): NowOrLater<Value> {
  try {
    const value = start();
    return value instanceof Promise ? value.catch(recover) : value;
  } catch (error) {
    return recover(error);
  }
}
