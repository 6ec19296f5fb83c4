// Event triggers: the form's fields that follow each other, and instants on the clock of who looks. Pages work without it.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isUtc = new Date().getTimezoneOffset() === 0 && /^(UTC|GMT|Etc\/|Atlantic\/Reykjavik)/.test(zone);
  const clock = new Intl.DateTimeFormat('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' });

  const tellLocal = () => {
    if (isUtc) return;
    for (const note of document.querySelectorAll('[data-zone]')) note.textContent = ` and ${zone}`;
    for (const time of document.querySelectorAll('[data-local]')) time.textContent = clock.format(new Date(time.dateTime));
  };
  tellLocal();

  const fieldOf = (form, name) => form?.elements.namedItem(name);

  document.addEventListener('htmx:afterSwap', () => {
    tellLocal();
    for (const fill of document.querySelectorAll('data[data-fill]')) {
      const field = fieldOf(fill.closest('form'), fill.dataset.fill);
      if (field != null && field !== document.activeElement) field.value = fill.value;
      fill.remove();
    }
  });

  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-use]');
    const field = button && fieldOf(button.form, button.dataset.use);
    if (field == null) return;
    event.preventDefault();
    field.value = button.value;
    field.focus();
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
})();
