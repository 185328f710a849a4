/** A button that rests while it works doesn't lose the focus by it: who goes by keys would be at the top of the page again. */
export function keepFocus(root: Document = document): void {
  let last: HTMLElement | null = null;
  root.addEventListener("focusin", ({ target }) => (last = target instanceof HTMLElement ? target : null));
  new MutationObserver((records) => {
    const isBack = records.some(({ target }) => target === last) && last?.isConnected && !last.matches(":disabled");
    if (isBack && (root.activeElement === root.body || root.activeElement === null)) last?.focus({ preventScroll: true });
  }).observe(root, { subtree: true, attributeFilter: ["disabled"] });
}
