import { HTTPException } from 'hono/http-exception';
import { OnwardError } from '../../runtime/common/index.js';

/** How a request that was thrown out of counts: by what it asked, or by what the server could not do. */
export const resultOf = (error: unknown): 'refused' | 'failed' =>
  error instanceof OnwardError || (error instanceof HTTPException && error.status < 500) ? 'refused' : 'failed';
