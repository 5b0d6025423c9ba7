/** What is the same for every route: reading requests, refusing them, headers, ids, keys. */
export { addressOf, believing, type Trusted, trustedProxies } from './address.js';
export { answer } from './answer.js';
export { type ApiKey, apiKeys, keyShown, ownerOf, parseApiKeys } from './api-keys.js';
export { type Bodies, createBodies } from './bodies.js';
export { checked } from './checked.js';
export { clientOf, nameOfClient } from './client.js';
export { errorHandler, notFound } from './errors.js';
export { everyAnswer } from './every-answer.js';
export { headers } from './headers.js';
export { type KeptQuotas, keepQuotas } from './keep-quotas.js';
export { countAhead, createLimiter, type Limiter } from './limiter.js';
export { jsonLog, type Log, type LogFields, type LogLevel } from './log.js';
export { wholeInQuery } from './query.js';
export { createQuotas, type Quota, type Quotas } from './quota.js';
export { parseRate, type Rate, ratePattern } from './rate.js';
export { readBody, tooSlow } from './read-body.js';
export { type Front, headerOf, nodeOf, whenGone } from './request.js';
export { accessLog } from './request-log.js';
