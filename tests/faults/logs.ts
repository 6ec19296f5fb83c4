import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from './world.ts';

/** A line of a log of the system. */
export interface LogLine {
  readonly service: string;
  readonly level: string;
  readonly message: string;
  /** Instant, ms. */
  readonly at: number;
}

const toLine = (text: string): LogLine[] => {
  try {
    const { service, level, message, timestamp } = JSON.parse(text) as Record<string, string>;
    return [
      { service: service ?? '', level: level ?? '', message: message ?? '', at: Date.parse(timestamp ?? '') },
    ];
  } catch {
    // A kill cut it off.
    return [];
  }
};

/** What its units have logged. */
export const logLines = ({ settings }: World): LogLine[] => {
  const folder = join(settings.dataDir, 'logs');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8').split('\n').flatMap(toLine),
  );
};

/** Whether something was logged that matches, at an instant or later. */
export const wasLogged = (world: World, pattern: RegExp, from: number): boolean =>
  logLines(world).some(({ message, at }) => at >= from && pattern.test(message));

/** Alike but for names and numbers. */
const kindOf = ({ service, level, message }: LogLine): string =>
  `${service} ${level}: ${message
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '#')
    .replace(/\S*\d\S*/g, '#')
    .slice(0, 120)}`;

/** Work that is handed out again has a line for each unit. */
const perUnit = /^(repost|a report came too late)/;

/** Kinds of warnings and errors that were logged more often than so many times. */
export const floods = (world: World, most: number): string[] => {
  const counts = new Map<string, number>();
  for (const line of logLines(world)) {
    if (line.level === 'info' || perUnit.test(line.message)) continue;
    counts.set(kindOf(line), (counts.get(kindOf(line)) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > most)
    .map(([kind, count]) => `logged ${count} times: ${kind}`);
};
