import { closeSync, openSync, watch, writeSync } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FILE, makePrivateSubfolder } from '../lib/os/private-folder.ts';

/** A lost event costs this much latency, in milliseconds. */
const LOOK_EVERY = 1500;

const SUFFIX = '.bell';
const fileName = (name: string): string => encodeURIComponent(name) + SUFFIX;
const nameOf = (file: string): string => decodeURIComponent(file.slice(0, -SUFFIX.length));

export type Notifier = ReturnType<typeof createNotifier>;

/**
 * Wakes listeners in this and other processes without polling. A file per name in `folder`: ringing writes one byte to it,
 * listening watches the folder.
 */
export const createNotifier = (folder: string) => {
  makePrivateSubfolder(folder);
  const files = new Map<string, number>();
  const listeners = new Map<string, Set<() => void>>();
  let stopWatching: (() => void) | undefined;

  const tell = (name: string): void => listeners.get(name)?.forEach((listener) => listener());
  const fileOf = (name: string): number => {
    const file = files.get(name) ?? openSync(join(folder, fileName(name)), 'w', PRIVATE_FILE);
    files.set(name, file);
    return file;
  };
  const stopUnlessHeard = (): void => {
    if (listeners.size > 0) return;
    stopWatching?.();
    stopWatching = undefined;
  };

  return {
    /** Calls the listeners of `name`, here and in the other processes with the same folder. */
    ring: (name: string): void => {
      tell(name);
      try {
        writeSync(fileOf(name), '.', 0);
      } catch {
        // A full disk, say: they look by themselves before long.
      }
    },
    /**
     * Calls `listener` whenever `name` is rung, and every so often for a ring that got lost: a call means "look",
     * not "there is something". Returns the function that ends it.
     */
    listen: (name: string, listener: () => void): (() => void) => {
      stopWatching ??= watchFolder(folder, tell, () => [...listeners.keys()].forEach(tell));
      const all = listeners.get(name) ?? new Set();
      listeners.set(name, all.add(listener));
      return () => {
        all.delete(listener);
        if (all.size === 0) listeners.delete(name);
        stopUnlessHeard();
      };
    },
    close: (): void => {
      listeners.clear();
      stopUnlessHeard();
      files.forEach((file) => closeSync(file));
      files.clear();
    },
  };
};

/** Returns the function that ends it. */
const watchFolder = (folder: string, tell: (name: string) => void, tellAll: () => void): (() => void) => {
  const timer = setInterval(tellAll, LOOK_EVERY);
  const watcher = tryWatch(folder, (file) =>
    file?.endsWith(SUFFIX) === true ? tell(nameOf(file)) : tellAll(),
  );
  return () => {
    clearInterval(timer);
    watcher?.close();
  };
};

/** Undefined when the system has no watches left, or the folder went away: the timer still looks. */
const tryWatch = (folder: string, onChange: (file: string | null) => void): FSWatcher | undefined => {
  try {
    const watcher = watch(folder, (_, file) => onChange(file));
    return watcher.on('error', () => watcher.close());
  } catch {
    return undefined;
  }
};
