import { expect, test } from 'vitest';
import { cannotSoak, expectAnswered, minutesOf, soak } from './soak.js';

test('thousands of requests, refusals and clients that leave do not stay in memory', async ({ skip }) => {
  if (cannotSoak) skip(cannotSoak);
  const requests = 12_000;
  const soaked = await soak({ requests, perSecond: 600 });
  expectAnswered(soaked, requests);
  // Their bodies alone are more than half of what the server holds; what is left is how V8's heap breathes.
  expect(soaked.last, minutesOf(soaked.samples)).toBeLessThan(1.2 * soaked.first);
}, 240_000);
