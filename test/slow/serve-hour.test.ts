import { expect, test } from 'vitest';
import { cannotSoak, expectAnswered, minutesOf, soak } from '../serve/soak.js';

/** `ONWARD_SOAK_MINUTES=60` for the record. */
const minutes = Number(process.env.ONWARD_SOAK_MINUTES ?? 5);
const perSecond = 600;
/** In an hour's run memory went up and down by 20 MB until here, and by 5 from here on. */
const warm = 5 * 60 * perSecond;

test(
  `${minutes} minutes of load grow the memory of a server by less than 5 %`,
  async ({ skip }) => {
    if (cannotSoak) skip(cannotSoak);
    const requests = warm + Math.round(minutes * 60 * perSecond);
    const soaked = await soak({ requests, perSecond, warm });
    const { samples, outcomes, first, last } = soaked;
    console.log(minutesOf(samples));
    console.log(`answers: ${JSON.stringify(outcomes)}`);
    const growth = `${(100 * (last / first - 1)).toFixed(1)} %`;
    console.log(`${first.toFixed(1)} MB behind the first tenth, ${last.toFixed(1)} MB in the last: ${growth}`);
    expectAnswered(soaked, requests);
    expect(last).toBeLessThan(1.05 * first);
  },
  4 * (minutes + 5) * 60_000 + 120_000,
);
