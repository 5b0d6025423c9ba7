import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { root } from '../docs/blocks.js';

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly peer?: boolean;
  readonly deprecated?: string;
  readonly hasInstallScript?: boolean;
}

const read = async (file: string) => JSON.parse(await readFile(`${root}/${file}`, 'utf8'));

test('what an install brings is listed with its reason; nothing of it is deprecated or runs a script', async () => {
  const { dependencies } = await read('package.json');
  const docs = await readFile(`${root}/docs/dependencies.md`, 'utf8');
  const listed = docs
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...line.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
  expect(listed.toSorted()).toEqual(Object.keys(dependencies).toSorted());

  const { packages } = (await read('package-lock.json')) as { packages: Record<string, Locked> };
  const brought = Object.entries(packages).filter(
    ([name, one]) => name !== '' && !one.dev && !one.devOptional && !one.optional && !one.peer,
  );
  expect(docs).toContain(`none of the\n${brought.length} packages`);
  expect(brought.filter(([, { deprecated }]) => deprecated !== undefined)).toEqual([]);
  expect(brought.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
});
