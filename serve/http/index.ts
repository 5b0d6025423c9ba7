/** What is the same for every route: reading requests, refusing them, headers, ids, keys. */
export { answer } from './answer.js';
export { type ApiKey, apiKeys, ownerOf, parseApiKeys } from './api-keys.js';
export { checked } from './checked.js';
export { clientOf } from './client.js';
export { errorHandler, notFound } from './errors.js';
export { headers, isolation } from './headers.js';
export { jsonLog, type Log, type LogFields, type LogLevel } from './log.js';
export { wholeInQuery } from './query.js';
export { readBody } from './read-body.js';
export { headerOf, nodeOf, whenGone } from './request.js';
export { accessLog, requestIds } from './request-log.js';
