/** A toolbar is one stop of the Tab key; arrows go from button to button (ARIA practices, toolbar). */

const buttonsOf = (bar: HTMLElement): HTMLElement[] => [...bar.querySelectorAll<HTMLElement>("button:not(:disabled)")].filter((button) => !button.closest("[popover], dialog"));

export function roving(bar: HTMLElement): () => void {
  let present: HTMLElement | undefined;

  function settle(): void {
    const buttons = buttonsOf(bar);
    if (!present || !buttons.includes(present)) present = buttons[0];
    for (const button of buttons) {
      const index = button === present ? 0 : -1;
      if (button.tabIndex !== index) button.tabIndex = index;
    }
  }

  function focused(event: FocusEvent): void {
    if (!(event.target instanceof HTMLElement) || !buttonsOf(bar).includes(event.target)) return;
    present = event.target;
    settle();
  }

  function keyed(event: KeyboardEvent): void {
    const buttons = buttonsOf(bar);
    const at = buttons.indexOf(event.target as HTMLElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    buttons.at(to % buttons.length)?.focus();
  }

  settle();
  const observer = new MutationObserver(settle);
  observer.observe(bar, { subtree: true, childList: true, attributeFilter: ["disabled"] });
  bar.addEventListener("focusin", focused);
  bar.addEventListener("keydown", keyed);
  return () => {
    observer.disconnect();
    bar.removeEventListener("focusin", focused);
    bar.removeEventListener("keydown", keyed);
  };
}
