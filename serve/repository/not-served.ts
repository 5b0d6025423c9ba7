import { HTTPException } from 'hono/http-exception';

/** A version that was opened for a request and turned out to be none that may answer. */
export class NotServed extends HTTPException {
  constructor(name: string, version: string) {
    super(503, { message: `the version ${version} of ${name} cannot be served; /v2/repository/index says why` });
  }
}
