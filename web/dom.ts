/** The element with this id; the page's HTML has them all. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`expected an element with the id ${id} in index.html`);
  return element as T;
}

/** A new element with a class and text. */
export function make<N extends keyof HTMLElementTagNameMap>(
  name: N,
  className = '',
  text = '',
): HTMLElementTagNameMap[N] {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}
