// The backend's answers that say no, each in the shape that the part of it that refuses uses.
import { type Answer, jsonAnswer } from '../http/exchange.ts';

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
};

/** NestJS's own shape. */
export function refusal(status: number, message: string | readonly string[]): Answer {
  return jsonAnswer(status, { message, error: reasons[status], statusCode: status });
}

/** The jobs' own shape: `status` is a number. */
export function jobRefusal(message: string): Answer {
  return jsonAnswer(400, { status: 400, message });
}

export const unauthenticated = (): Answer => refusal(401, 'Unauthenticated');
export const badLogin = (): Answer => jsonAnswer(401, { message: 'Unauthorized', statusCode: 401 });
/** Refused by the class of the request, before anything is looked up. */
export const forbiddenResource = (): Answer => refusal(403, 'Forbidden resource');
export const unauthorizedAccess = (): Answer => refusal(403, 'Unauthorized access');
export const bodyTooLarge = (): Answer =>
  jsonAnswer(413, { statusCode: 413, message: 'request entity too large' });
export const internalError = (): Answer =>
  jsonAnswer(500, { statusCode: 500, message: 'Internal server error' });
