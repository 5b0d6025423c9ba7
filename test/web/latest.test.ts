import { expect, test } from 'vitest';
import { latest } from '#onward/web/latest.js';

test('of what comes while one runs only the newest is run', async () => {
  const ran: number[] = [];
  const run = latest(async (value: number) => {
    ran.push(value);
    await new Promise((resolve) => setTimeout(resolve, 10));
  });
  for (const value of [1, 2, 3, 4]) run(value);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(ran).toEqual([1, 4]);
});
