import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { openSource, splitDataset, wholeOf } from 'onward/data';
import { describe, expect, it } from 'vitest';
import { parseCsv } from '#onward/data/text/csv.js';
import { datasetContract } from './contract.js';
import { makeTrees, picture } from './files.js';

const tree = makeTrees();

const pictures = Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`img/${i}.png`, picture(i)]));
const lines = (head: string, line: (i: number) => string) =>
  [head, ...Array.from({ length: 24 }, (_, i) => line(i))].join('\n');
const list = (content: string, name = 'list.csv') => join(tree({ ...pictures, [name]: content }), name);

datasetContract('a manifest', async () => {
  const path = list(lines('path,label', (i) => `img/${i}.png,${i % 2 ? 'odd' : 'even'}`));
  return (await openSource(path)).train;
});

describe('a manifest', () => {
  it('is a CSV file with quotes, or JSON lines, and gives the same', async () => {
    const csv = list(
      lines(
        '\uFEFFImage,Class,group,split\r',
        (i) => `"img/${i}.png","a ""b"", ${i % 2}",g${i % 6},${i < 18 ? 'train' : i < 21 ? 'valid' : 'test'}\r`,
      ),
    );
    const { train, val, test } = await openSource(csv);
    expect([train.length, val?.length, test?.length]).toEqual([18, 3, 3]);
    expect(train.classes).toEqual(['a "b", 0', 'a "b", 1']);
    expect(new Set(train.groups).size).toBe(6);
    expect(train.groups[0]).toBe(train.groups[6]);
    const json = list(
      Array.from({ length: 24 }, (_, i) =>
        JSON.stringify({
          file: `img/${i}.png`,
          label: `a "b", ${i % 2}`,
          group: i % 6,
          split: i < 18 ? null : i < 21 ? 'val' : 'test',
        }),
      ).join('\n\n'),
      'list.jsonl',
    );
    const other = await openSource(json);
    expect(wholeOf(other).digest).toBe(wholeOf(await openSource(csv)).digest);
    expect(other.train.groups).toEqual(train.groups);
  });

  it('keeps groups and equal images on one side', async () => {
    const root = tree({ ...pictures, 'img/copy.png': picture(0) });
    writeFileSync(
      join(root, 'l.csv'),
      `${lines('path,label,group', (i) => `img/${i}.png,${i % 2},${Math.floor(i / 4)}`)}\nimg/copy.png,0,5`,
    );
    const { train } = await openSource(join(root, 'l.csv'));
    // Its copy is in group 5, so groups 0 and 5 belong together.
    expect(train.groups[24]).toBe(train.groups[0]);
    expect(train.groups[20]).toBe(train.groups[0]);
    for (let seed = 0; seed < 5; seed++) {
      const split = splitDataset({ train }, { seed, val: 0.3, test: 0.3 });
      expect(
        [split.train, split.val, split.test].filter((part) => part.groups.includes(train.groups[0]!)),
      ).toHaveLength(1);
    }
  });

  const bad: [string, string, RegExp][] = [
    [
      'no header',
      'img/0.png,cat\nimg/1.png,dog',
      /has the columns img\/0.png, cat: expected a first line with path and label/,
    ],
    ['empty', '', /has the columns of an empty file/],
    [
      'a file that is not there',
      'path,label\nimg/0.png,a\nimg/99.png,b\nimg/98.png,b',
      /list.csv line 3 names img\/99.png, which is not there \(and 1 more\)/,
    ],
    ['too many fields', 'path,label\nimg/0.png,a,b', /line 2 has 3 fields: expected 2/],
    ['an open quote', 'path,label\n"img/0.png,a', /line 2 opens a quote that is never closed/],
    ['no label', 'path,label\nimg/0.png,', /line 2 has no label/],
    ['one class', 'path,label\nimg/0.png,a', /has 1 classes: expected labels of at least two/],
    ['an unknown part', 'path,label,split\nimg/0.png,a,dev', /line 2 has the split "dev": expected train, val or test/],
    [
      'a class that is only tested',
      'path,label,split\nimg/0.png,a,\nimg/1.png,b,\nimg/2.png,c,test',
      /has no image of the class c in train/,
    ],
  ];
  it.each(bad)('says so: %s', async (_, content, message) => {
    await expect(openSource(list(content))).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['{', /line 1 is no JSON/],
    ['[1]', /line 1 is no object/],
    ['{"path": "x", "label": true}', /line 1 has a label that is no text/],
  ])('says so: JSON lines with %s', async (content, message) => {
    await expect(openSource(list(content, 'l.jsonl'))).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringMatching(message),
    });
  });

  it('reads every table that is written by the rules of RFC 4180', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', 'ä') });
    const table = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1 });
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), (rows, end) => {
        const quote = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
        const text = rows.map((row) => row.map(quote).join(',')).join(end);
        expect(parseCsv(text).map(({ fields }) => fields)).toEqual(rows);
      }),
    );
  });
});
