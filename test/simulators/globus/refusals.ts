// The errors of Globus Transfer and Globus Auth, each in its own shape, thrown by whoever finds them.
import { randomUUID } from 'node:crypto';
import { type Answer, jsonAnswer } from '../http/exchange.ts';

export class TransferRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    extra: {
      readonly details?: Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = extra.details ?? {};
    this.headers = extra.headers ?? {};
  }
}

export const badRequest = (message: string): TransferRefusal =>
  new TransferRefusal(400, 'ClientError.BadRequest', message);

export function transferRefusalAnswer(refusal: TransferRefusal, resource: string, requestId: string): Answer {
  const { code, message, details } = refusal;
  const answer = jsonAnswer(
    refusal.status,
    { code, message, request_id: requestId, resource, ...details },
    'application/json',
  );
  return { ...answer, headers: { ...answer.headers, ...refusal.headers } };
}

export type AuthRefusal = {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** RFC 6749's word for it. */
  readonly error: string;
};

/** Globus Auth answers with its own list of errors and with RFC 6749's fields, side by side. */
export function authRefusalAnswer({ status, code, title, detail, error }: AuthRefusal): Answer {
  const id = randomUUID().replaceAll('-', '');
  const errors = [{ id, status: String(status), code, title, detail }];
  return jsonAnswer(status, { errors, error, error_description: detail, error_id: id }, 'application/json');
}
