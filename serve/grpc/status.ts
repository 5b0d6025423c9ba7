/** https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
export const status = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

const byHttp: Readonly<Record<number, number>> = {
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  408: status.DEADLINE_EXCEEDED,
  413: status.RESOURCE_EXHAUSTED,
  429: status.RESOURCE_EXHAUSTED,
  503: status.UNAVAILABLE,
};

/** What a status of HTTP is called in gRPC. */
export const codeOf = (http: number): number =>
  byHttp[http] ?? (http >= 500 ? status.INTERNAL : status.INVALID_ARGUMENT);

/** A sentence as a status can carry it: one of a header's length, with whole characters alone. */
export const detailsOf = (text: string): string => Buffer.from(text.slice(0, 1000)).toString();
