/** A module of this folder to start a process or thread with: compiled or not, as this one is itself. */
export const entryUrl = (name: string): URL =>
  new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
