// A graph as SVG: nodes from top to bottom, in rows; readable on white and on black.

const size = { width: 168, node: 44, value: 30, gapX: 18, gapY: 26, margin: 8, title: 26 };

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
/** A long name keeps its end: that is what tells it from its neighbours. */
const short = (text, most = 26) => (text.length > most ? `…${text.slice(1 - most)}` : text);

/** What stands in a node's box: the operator, and what it has of its own. */
function words(node, graph) {
  const constants = node.inputs.flatMap((name) => graph.initializers.get(name) ?? []);
  const { perm, kernel_shape, strides, pads, to } = node.attributes;
  const facts = [
    perm && `[${perm.value.join(' ')}]`,
    node.op === 'MaxPool' && kernel_shape?.value.join('×'),
    node.op === 'Conv' && pads?.value.some((pad) => pad > 0) && `pads ${pads.value.join(' ')}`,
    strides?.value.some((step) => step > 1) && node.op === 'Conv' && `strides ${strides.value.join(' ')}`,
    to && `to ${to.value}`,
    ...constants.map(({ dims, type, bytes }) => {
      if (type !== 'int64') return dims.join('×') || 'a number';
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const values = Array.from({ length: bytes.length / 8 }, (_, i) => view.getBigInt64(i * 8, true));
      return `[${values.join(' ')}]`;
    }),
  ];
  return facts.filter(Boolean).join(', ');
}

/** What a node is, whatever it is called: when a pass leaves this as it was, it left the node alone. */
function signature(node, graph) {
  const inputs = node.inputs.map((name) => graph.initializers.get(name)?.bytes.join() ?? '');
  return JSON.stringify([node.op, node.attributes, inputs]);
}

/** The boxes that are not in another picture, or there less often: each is looked for under its own name first. */
function without(boxes, others) {
  const left = new Set(others);
  const find = (box, isSame) => {
    const found = [...left].find((other) => other.is === box.is && isSame(other));
    left.delete(found);
    return found !== undefined;
  };
  const unnamed = boxes.filter((box) => box.is !== undefined && !find(box, (other) => other.name === box.name));
  return unnamed.filter((box) => !find(box, () => true));
}

/** @returns boxes of a graph: its inputs, its nodes, its outputs, and which of them are linked */
function boxesOf(graph, constants) {
  const boxes = [];
  const from = new Map();
  const add = (box, outputs) => {
    boxes.push({ ...box, links: [] });
    for (const output of outputs) from.set(output, boxes.length - 1);
  };
  for (const { name, dims } of graph.inputs) add({ kind: 'value', title: name, text: `[${dims.join(', ')}]` }, [name]);
  if (constants) {
    for (const { name, dims } of graph.initializers.values()) {
      add({ kind: 'value', title: short(name), text: dims.join('×'), is: name }, [name]);
    }
  }
  for (const node of graph.nodes) {
    add(
      {
        kind: 'node',
        title: node.op,
        text: constants ? '' : short(words(node, graph)),
        is: signature(node, graph),
        name: node.outputs[0],
      },
      node.outputs,
    );
    boxes.at(-1).links = [...new Set(node.inputs.map((name) => from.get(name)).filter((at) => at !== undefined))];
  }
  for (const { name, dims } of graph.outputs) {
    add({ kind: 'value', title: short(name), text: `[${dims.join(', ')}]`, links: [] }, []);
    boxes.at(-1).links = [from.get(name)];
  }
  return boxes;
}

/** Rows by the longest way from an input; in a row, below what they take. */
function placed(boxes) {
  const rows = [];
  for (const box of boxes) {
    box.row = Math.max(-1, ...box.links.map((at) => boxes[at].row)) + 1;
    rows[box.row] ??= [];
    rows[box.row].push(box);
  }
  const last = rows.length - 1;
  // Constants and inputs stand right above who takes them first.
  for (const box of boxes.filter(({ links, kind }) => kind === 'value' && links.length === 0)) {
    const takers = boxes.filter(({ links }) => links.includes(boxes.indexOf(box)));
    const row = Math.min(last, ...takers.map((taker) => taker.row)) - 1;
    if (row <= box.row) continue;
    rows[box.row].splice(rows[box.row].indexOf(box), 1);
    box.row = row;
    rows[row].push(box);
  }
  const widest = Math.max(...rows.map((row) => row.length));
  let y = size.title;
  for (const row of rows) {
    const above = (box) => box.links.reduce((sum, at) => sum + (boxes[at].x ?? 0), 0) / (box.links.length || 1);
    row.sort((a, b) => above(a) - above(b));
    const indent = ((widest - row.length) * (size.width + size.gapX)) / 2;
    const height = Math.max(...row.map(({ kind }) => size[kind]));
    for (const [i, box] of row.entries()) {
      Object.assign(box, { x: indent + i * (size.width + size.gapX), y: y + (height - size[box.kind]) / 2 });
    }
    y += height + size.gapY;
  }
  return { width: widest * (size.width + size.gapX) - size.gapX, height: y - size.gapY };
}

function drawn(boxes, marked, mark) {
  const lines = boxes.flatMap((box) =>
    box.links.map((at) => {
      const over = boxes[at];
      const [x1, y1, x2, y2] = [over.x + size.width / 2, over.y + size[over.kind], box.x + size.width / 2, box.y];
      const bend = Math.min(30, (y2 - y1) / 2);
      return `<path class="link" d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2 - 5}" marker-end="url(#end)"/>`;
    }),
  );
  const shapes = boxes.map((box) => {
    const [middle, height] = [box.x + size.width / 2, size[box.kind]];
    const text =
      box.kind === 'value'
        ? `<text x="${middle}" y="${box.y + 19}"><tspan class="name">${escaped(box.title)}</tspan> <tspan class="small">${escaped(box.text)}</tspan></text>`
        : `<text class="op" x="${middle}" y="${box.y + (box.text ? 19 : 27)}">${escaped(box.title)}</text><text class="small" x="${middle}" y="${box.y + 35}">${escaped(box.text)}</text>`;
    const classes = marked.includes(box) ? `${box.kind} ${mark}` : box.kind;
    return `<rect class="${classes}" x="${box.x}" y="${box.y}" width="${size.width}" height="${height}" rx="${box.kind === 'value' ? 15 : 6}"/>${text}`;
  });
  return [...lines, ...shapes].join('\n');
}

const style = `
text{font:13px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;text-anchor:middle;fill:#1f2328}
.op{font-weight:600}.small{font-size:11px;fill:#59636e}.name{font-weight:600;font-size:12px}
.title{font-size:12px;fill:#59636e;text-anchor:start}
rect{stroke-width:1.2;fill:#f6f8fa;stroke:#8c959f}.value{fill:#fff;stroke:#8c959f;stroke-dasharray:3 3}
.gone{fill:#ffebe9;stroke:#cf222e}.new{fill:#dafbe1;stroke:#1a7f37}
.link{fill:none;stroke:#8c959f;stroke-width:1.2}#end path{fill:#8c959f}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.small,.title{fill:#9198a1}
rect{fill:#212830;stroke:#656c76}.value{fill:#151b23}.gone{fill:#49161c;stroke:#f85149}.new{fill:#12361f;stroke:#3fb950}
.link{stroke:#656c76}#end path{fill:#656c76}}`;

/**
 * Two graphs beside each other: what the second lost is red in the first, what it gained green in the second.
 * @param {{ constants?: boolean, title?: string }} options constants get boxes of their own; what the picture is called
 */
export function drawBeforeAfter(before, after, { constants = false, title = 'before and after' } = {}) {
  const [left, right] = [boxesOf(before, constants), boxesOf(after, constants)];
  const [gone, added] = [without(left, right), without(right, left)];
  const sizes = [placed(left), placed(right)];
  const between = 46;
  const width = sizes[0].width + between + sizes[1].width + 2 * size.margin;
  const height = Math.max(...sizes.map((each) => each.height)) + 2 * size.margin;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>${style}</style>
<defs><marker id="end" viewBox="0 0 6 6" refX="1" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L6 3L0 6z"/></marker></defs>
<g transform="translate(${size.margin} ${size.margin})"><text class="title" x="0" y="12">before</text>
${drawn(left, gone, 'gone')}
</g>
<g transform="translate(${size.margin + sizes[0].width + between} ${size.margin})"><text class="title" x="0" y="12">after</text>
${drawn(right, added, 'new')}
</g>
</svg>
`;
}
