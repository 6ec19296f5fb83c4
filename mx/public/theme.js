// Runs before the first paint, so that a chosen theme does not flash. Without a choice the system decides.
(() => {
  const KEY = 'synergy-theme';
  const root = document.documentElement;
  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const show = (theme) => {
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  show(stored());
  addEventListener('storage', (event) => event.key === KEY && show(event.newValue));
  addEventListener('click', (event) => {
    if (!event.target.closest?.('[data-theme-toggle]')) return;
    const isDark = (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
    const next = isDark ? 'light' : 'dark';
    show(next);
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // Private windows may refuse: the choice then lasts for this page.
    }
    dispatchEvent(new Event('themechange'));
  });
})();
