/** A button that rests while it works doesn't lose the focus by it: who goes by keys would be at the top of the page again. */
export function keepFocus(root: Document = document): void {
  let last: HTMLElement | null = null;
  root.addEventListener("focusin", ({ target }) => (last = target instanceof HTMLElement ? target : null));
  new MutationObserver((records) => {
    const isBack = records.some(({ target }) => target === last) && last?.isConnected && !last.matches(":disabled");
    if (isBack && (root.activeElement === root.body || root.activeElement === null)) last?.focus({ preventScroll: true });
  }).observe(root, { subtree: true, attributeFilter: ["disabled"] });
}

/**
 * For `{@attach}` to a list: where an entry or its button goes that has the focus, the entry that has come to its place gets it,
 * else the one before, else the list. entries: selects them.
 */
export function passFocus(entries: string): (list: HTMLElement) => () => void {
  return (list) => {
    const all = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>(entries)];
    let at = -1;
    const look = (): void => void (at = all().findIndex((entry) => entry.contains(document.activeElement)));
    const pass = (): void => (lastControl([...all().slice(at), ...all().slice(0, at).reverse()]) ?? focusable(list)).focus();
    // Some browsers tell of a focus that is lost with its element, and some don't: who leaves by themselves leaves what is there.
    const left = ({ target }: FocusEvent): void => queueMicrotask(() => (target as Node).isConnected && look());
    const observer = new MutationObserver(() => (at >= 0 && document.activeElement === document.body ? pass() : look()));
    list.addEventListener("focusin", look);
    list.addEventListener("focusout", left);
    observer.observe(list, { childList: true, subtree: true });
    return () => observer.disconnect();
  };
}

function lastControl(entries: HTMLElement[]): HTMLElement | undefined {
  const controls = (entry: HTMLElement): HTMLElement[] => [...entry.querySelectorAll<HTMLElement>("button:enabled, a[href], select:enabled, input:enabled")];
  return entries.map((entry) => controls(entry).findLast((control) => control.checkVisibility())).find(Boolean);
}

function focusable(list: HTMLElement): HTMLElement {
  list.tabIndex = -1;
  return list;
}
