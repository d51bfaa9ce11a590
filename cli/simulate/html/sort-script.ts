/**
 * The only script of the page: a click on a head sorts a table. Everything can be read without
 * it. It is text here since it runs in the reader's browser; its hash stands in the page's policy.
 */
export const sortScript = `
for (const table of document.querySelectorAll('table.sortable')) {
  const body = table.tBodies[0];
  const first = [...body.rows];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (first.length < 2 || head.classList.contains('bars')) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const order = { none: 'descending', descending: 'ascending', ascending: 'none' };
      const next = order[head.getAttribute('aria-sort') ?? 'none'];
      for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
      if (next !== 'none') head.setAttribute('aria-sort', next);
      const sign = next === 'descending' ? -1 : 1;
      const text = (row) => row.cells[column].textContent.replaceAll(',', '');
      const compare = (a, b) => {
        const [x, y] = [parseFloat(text(a)), parseFloat(text(b))];
        if (column === 0 || (isNaN(x) && isNaN(y))) {
          return sign * text(a).localeCompare(text(b), 'en', { numeric: true });
        }
        return isNaN(x) ? 1 : isNaN(y) ? -1 : sign * (x - y);
      };
      body.append(...(next === 'none' ? first : [...first].sort(compare)));
    });
  });
}
`;
