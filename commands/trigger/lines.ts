import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import type { Command } from 'commander';
import { SynergyError } from '../../domain/errors.ts';
import { plural } from '../../domain/plural.ts';
import { QuietFailure } from '../../lib/terminal/exit.ts';
import { print, printError, printJson } from '../../lib/terminal/output.ts';
import type { TriggerFilter } from '../../scheduler/api/trigger-view.ts';
import { MOST_TRIGGERS } from '../../scheduler/commands/trigger-commands.ts';
import { importResult, lineOf, readTriggerLines } from '../../scheduler/commands/trigger-lines.ts';
import type { ImportResult } from '../../scheduler/commands/trigger-lines.ts';
import { execute, reasonOption, withSchedulerClient } from '../cli/scheduler-client.ts';
import type { SchedulerClient } from '../cli/scheduler-client.ts';
import { addFilter, filterOf } from './list.ts';

interface ImportOptions {
  readonly owner?: string;
  readonly atomic?: true;
  readonly reason?: string;
  readonly json?: true;
}

const readText = async (file: string): Promise<string> => {
  if (file === '-') return textOf(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SynergyError('SOURCE_UNREADABLE', `cannot read '${file}': ${(error as Error).message}`);
  }
};

/** Lines of one command, and the number of the first. */
const partsOf = (text: string): { readonly text: string; readonly from: number }[] => {
  const lines = text.split('\n');
  const parts: { text: string; from: number }[] = [];
  for (let first = 0; first < lines.length; first += MOST_TRIGGERS) {
    const part = lines.slice(first, first + MOST_TRIGGERS).join('\n');
    if (part.trim() !== '') parts.push({ text: part, from: first + 1 });
  }
  return parts;
};

const importPart = async (
  client: SchedulerClient,
  part: { readonly text: string; readonly from: number },
  { owner, atomic, reason }: ImportOptions,
): Promise<ImportResult> => {
  const read = readTriggerLines(part.text, { owner, from: part.from });
  if (read.triggers.length === 0 || (atomic && read.refused.length > 0)) return importResult(read, null);
  const triggers = [...read.triggers];
  const asked = { kind: 'put-triggers', triggers, reason, ...(atomic && { atomic }) } as const;
  return importResult(read, (await execute(client, asked)).result);
};

const sum = (results: readonly ImportResult[]): ImportResult => ({
  created: results.reduce((total, { created }) => total + created, 0),
  changed: results.reduce((total, { changed }) => total + changed, 0),
  unchanged: results.reduce((total, { unchanged }) => total + unchanged, 0),
  refused: results.flatMap(({ refused }) => refused),
});

/** Imports part by part, and says how far it is. */
const importAll = async (
  client: SchedulerClient,
  text: string,
  options: ImportOptions,
): Promise<ImportResult> => {
  const parts = partsOf(text);
  if (parts.length === 0)
    throw new SynergyError(
      'INVALID_ARGUMENT',
      'there is nothing to import: expected event triggers, one a line',
    );
  if (options.atomic && parts.length > 1)
    throw new SynergyError(
      'INVALID_ARGUMENT',
      `--atomic is for ${MOST_TRIGGERS} lines at most, which are one command: leave it out, or import less at a time`,
    );
  const results: ImportResult[] = [];
  for (const part of parts) {
    results.push(await importPart(client, part, options));
    if (parts.length > 1 && process.stderr.isTTY)
      printError(`${results.length} of ${parts.length} parts of ${MOST_TRIGGERS} lines`);
  }
  return sum(results);
};

/** `synergy trigger import` */
export const defineImport = (own: Command): void => {
  own
    .argument('[file]', 'JSON lines; standard input when left out, or with -', '-')
    .option('--owner <account>', 'account that all belong to, instead of theirs')
    .option('--atomic', 'put none unless all will do')
    .option('--json', 'print JSON')
    .addOption(reasonOption())
    .addHelpText('after', '\nExample:\n  $ synergy trigger import triggers.ndjson')
    .action(async (file: string, options: ImportOptions) => {
      const text = await readText(file);
      await withSchedulerClient(own, async (client) => {
        const result = await importAll(client, text, options);
        if (options.json) printJson(result);
        else {
          const { created, changed, unchanged, refused } = result;
          for (const { line, code, message } of refused) printError(`line ${line}: ${code}: ${message}`);
          const told = `${created} created, ${changed} changed, ${unchanged} unchanged`;
          print(`${told}, ${plural(refused.length, 'line')} refused`);
        }
        if (result.refused.length > 0) throw new QuietFailure();
      });
    });
};

/** `synergy trigger export` */
export const defineExport = (own: Command): void => {
  addFilter(own)
    .addHelpText('after', '\nExample:\n  $ synergy trigger export --label team:billing > triggers.ndjson')
    .action(async (options: TriggerFilter) => {
      await withSchedulerClient(own, async ({ api }) => {
        for await (const page of api.exportTriggers(filterOf(options)))
          for (const trigger of page) print(lineOf(trigger));
      });
    });
};
