// In the report: the galleries of mistakes, with their filters, and the list of files to relabel.
import type { SheetLayout } from './thumbs.browser.js';

/** File, class, prediction, its probability, that of the class, suggested class or -1, the twin's file or '', whether that is of another class. */
type Packed = [string, number, number, number, number, number, string, 0 | 1];
interface Data {
  readonly classes: readonly string[];
  readonly layout: SheetLayout;
  readonly items: readonly Packed[];
}
interface Item {
  readonly at: number;
  readonly file: string;
  readonly label: number;
  readonly predicted: number;
  readonly probability: number;
  readonly own: number;
  readonly suggested: number;
  readonly twin: string;
  readonly twinDiffers: boolean;
}

const byId = <T extends HTMLElement>(id: string) => document.getElementById(`mistakes-${id}`) as T;
const { classes, layout, items: packed }: Data = JSON.parse(byId('data').textContent!);
const items = packed.map(
  ([file, label, predicted, probability, own, suggested, twin, differs], at): Item => ({
    ...{ at, file, label, predicted, probability, own, suggested, twin },
    twinDiffers: differs === 1,
  }),
);
/** Of a gallery, at first and with each "more". */
const step = 36;
const marked = new Set<number>();

const choice = (id: string) => byId<HTMLSelectElement>(id).value;
const percent = (value: number) => `${(value * 100).toFixed(value > 0.9995 && value < 1 ? 2 : 1)} %`;

const kinds: Readonly<Record<string, (item: Item) => boolean>> = {
  all: () => true,
  mistake: ({ label, predicted }) => label !== predicted,
  doubt: ({ suggested }) => suggested >= 0,
  twin: ({ twin }) => twin !== '',
};
const orders: Readonly<Record<string, (a: Item, b: Item) => number>> = {
  sure: (a, b) => b.probability - a.probability,
  unsure: (a, b) => a.probability - b.probability,
  own: (a, b) => a.own - b.own,
  name: (a, b) => a.file.localeCompare(b.file, 'en', { numeric: true }),
};

function shown(): Item[] {
  const [label, predicted] = [choice('label'), choice('predicted')];
  return items
    .filter(kinds[choice('kind')]!)
    .filter(
      (item) =>
        (label === '' || item.label === Number(label)) && (predicted === '' || item.predicted === Number(predicted)),
    )
    .sort((a, b) => orders[choice('sort')]!(a, b) || a.at - b.at);
}

function element<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, ...children: (Node | string)[]) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

function card(item: Item): HTMLElement {
  const { label, predicted, probability, own, suggested, twin, twinDiffers, file } = item;
  const said = element('span', 'said', label === predicted ? classes[label]! : `${classes[label]} → `);
  if (label !== predicted) said.append(element('b', '', classes[predicted]!));
  const made = element(
    'button',
    'item',
    window.thumbOf(layout, item.at, 64),
    said,
    element('span', 'sure', percent(probability)),
  );
  made.type = 'button';
  made.dataset.at = String(item.at);
  made.setAttribute('aria-pressed', String(marked.has(item.at)));
  if (suggested >= 0) made.append(element('span', 'flag', `label: ${classes[suggested]}?`));
  if (twin) made.append(element('span', 'flag', twinDiffers ? 'twin, other class' : 'twin'));
  made.title = [
    file,
    `is ${classes[label]} (${percent(own)})`,
    `called ${classes[predicted]} (${percent(probability)})`,
    ...(twin ? [`nearly the same as ${twin}`] : []),
  ].join('\n');
  return made;
}

function gallery(title: string, list: readonly Item[], first: number): Node[] {
  const grid = element('div', 'gallery');
  let count = 0;
  const more = element('button', 'more');
  more.type = 'button';
  const add = (many: number) => {
    grid.append(...list.slice(count, count + many).map(card));
    count = Math.min(list.length, count + many);
    const left = list.length - count;
    more.textContent = left > step * 4 ? `Show ${step * 4} more of ${left}` : `Show ${left} more`;
    more.hidden = count === list.length;
  };
  more.addEventListener('click', () => add(step * 4));
  add(first);
  return [...(title ? [element('h3', '', title)] : []), grid, more];
}

function count(): void {
  byId('count').textContent = `${shown().length} of ${items.length} shown, ${marked.size} marked`;
  byId<HTMLButtonElement>('save').disabled = marked.size === 0;
}

function draw(): void {
  const list = shown();
  const by = choice('group');
  const target = byId('galleries');
  if (list.length === 0) target.replaceChildren(element('p', 'soft', 'Nothing is so.'));
  else if (by === 'none') target.replaceChildren(...gallery('', list, step * 4));
  else {
    const of = (item: Item) => (by === 'label' ? item.label : item.predicted);
    const groups = classes.map((name, c) => [name, list.filter((item) => of(item) === c)] as const);
    const full = groups.filter(([, group]) => group.length > 0);
    // Many classes get fewer pictures each: a page that opens at once.
    const first = Math.max(8, Math.min(step, Math.floor(600 / full.length)));
    const titled = (name: string, n: number) => `${by === 'label' ? '' : 'called '}${name}: ${n}`;
    target.replaceChildren(...full.flatMap(([name, group]) => gallery(titled(name, group.length), group, first)));
  }
  count();
}

function mark(at: number, on: boolean): void {
  if (on) marked.add(at);
  else marked.delete(at);
  document.querySelector(`.item[data-at="${at}"]`)?.setAttribute('aria-pressed', String(on));
}

const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** `label` is what is suggested: what is in doubt its other class, what is wrong what it was called. */
function save(): void {
  const lines = items
    .filter(({ at }) => marked.has(at))
    .map(({ file, label, predicted, probability, suggested }) =>
      [
        ...[file, classes[suggested >= 0 ? suggested : predicted]!, classes[label]!, classes[predicted]!].map(field),
        probability.toFixed(4),
      ].join(','),
    );
  const text = `${['image,label,was,predicted,probability', ...lines].join('\n')}\n`;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  link.download = 'relabel.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

if (items.length > 0) {
  for (const [id, of] of [
    ['label', (item: Item) => item.label],
    ['predicted', (item: Item) => item.predicted],
  ] as const) {
    const counts = classes.map((_, c) => items.filter((item) => of(item) === c).length);
    for (const [c, name] of classes.entries()) {
      if (counts[c]! > 0) byId<HTMLSelectElement>(id).add(new Option(`${name} (${counts[c]})`, String(c)));
    }
  }
  for (const id of ['kind', 'label', 'predicted', 'sort', 'group']) byId(id).addEventListener('change', draw);
  byId('galleries').addEventListener('click', ({ target }) => {
    const item = (target as Element).closest<HTMLElement>('.item');
    if (!item) return;
    const at = Number(item.dataset.at);
    mark(at, !marked.has(at));
    count();
  });
  byId('mark').addEventListener('click', () => {
    for (const { at } of shown()) mark(at, true);
    count();
  });
  byId('clear').addEventListener('click', () => {
    for (const at of [...marked]) mark(at, false);
    count();
  });
  byId('save').addEventListener('click', save);
  draw();
} else byId('galleries').replaceChildren();
