import { OnwardError } from '../../runtime/common/index.js';

/**
 * Where REST has a model.
 * @throws OnwardError kind `input` for a request that names none, and for a name that is a step in an address
 */
export function modelPath(name: string, version: string, rest?: string): string {
  const versions = version === '' ? [] : ['versions', segment(version, 'a version')];
  return ['/v2/models', segment(name, 'the name of a model'), ...versions, ...(rest === undefined ? [] : [rest])].join(
    '/',
  );
}

export function segment(text: string, what: string): string {
  if (text === '') throw new OnwardError('input', `expected ${what}, got none`);
  // In every spelling these two are taken out of an address before anybody reads it.
  if (text === '.' || text === '..') throw new OnwardError('input', `expected ${what}, got "${text}"`);
  return encodeURIComponent(text);
}
