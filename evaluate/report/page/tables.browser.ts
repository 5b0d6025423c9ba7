// In the report: a click on a column's title sorts the table by it, a second one the other way round.

type Value = number | string;

const sortValue = (row: HTMLTableRowElement, column: number): Value => {
  const cell = row.cells[column]!;
  const text = cell.dataset.sort ?? cell.textContent?.trim() ?? '';
  return text === '' || Number.isNaN(Number(text)) ? text : Number(text);
};

const compare = (a: Value, b: Value): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });

for (const table of document.querySelectorAll<HTMLTableElement>('table[data-sortable]')) {
  const heads = [...table.tHead!.rows[0]!.cells];
  for (const [column, head] of heads.entries()) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      // Numbers begin with the largest.
      const first = head.classList.contains('number') ? 'descending' : 'ascending';
      const other = first === 'ascending' ? 'descending' : 'ascending';
      const order = head.getAttribute('aria-sort') === first ? other : first;
      for (const one of heads) one.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', order);
      const rows = [...table.tBodies[0]!.rows].sort((a, b) => compare(sortValue(a, column), sortValue(b, column)));
      table.tBodies[0]!.append(...(order === 'ascending' ? rows : rows.reverse()));
    });
  }
}

export {};
