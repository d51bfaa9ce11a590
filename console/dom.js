/** The few things that all parts of the page do to it. */

export function byId(id) {
  return document.getElementById(id);
}

export function cell(className) {
  const made = document.createElement('td');
  made.className = className;
  return made;
}

/** Shows a sentence in a status line, green or red where it is good or bad news. */
export function say(id, text, isGood) {
  const line = byId(id);
  line.textContent = text;
  line.classList.toggle('good', isGood === true);
  line.classList.toggle('bad', isGood === false);
}

/** One child for each item, in order; kept while its item stays, so that focus is not lost. */
export function fill(parent, items, nameOf, make) {
  const known = new Map([...parent.children].map((child) => [child.dataset.name, child]));
  const wanted = items.map((item) => {
    const child = known.get(nameOf(item)) ?? make(item);
    child.dataset.name = nameOf(item);
    return child;
  });
  const isSame =
    wanted.length === parent.children.length &&
    wanted.every((child, index) => parent.children[index] === child);
  if (!isSame) parent.replaceChildren(...wanted);
}
