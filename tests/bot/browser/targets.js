// Returns what is smaller than 44 by 44 pixels. A number in a sentence may be: the chip below does the same.
() => {
  const root = document.querySelector("ecomlm-chat").shadowRoot;
  const small = [];
  for (const element of root.querySelectorAll("button:not(.citation), a, input, textarea")) {
    if (!element.checkVisibility()) continue;
    const { width, height } = element.getBoundingClientRect();
    if (width < 43.5 || height < 43.5) small.push(`${element.className} ${Math.round(width)}x${Math.round(height)}`);
  }
  return small;
}
