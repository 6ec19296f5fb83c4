import { DatabaseSync } from '@photostructure/sqlite';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../db/store.ts';
import { createLedger } from '../domain/ledger.ts';
import type { Ledger, Violation } from '../domain/ledger.ts';

const PAGE = 10_000;

export interface LedgerReport {
  readonly counts: { readonly transitions: number; readonly jobs: number; readonly uows: number };
  readonly violations: readonly Violation[];
}

type Checked = Pick<Store, 'journal' | 'uows' | 'loadJobs'>;

/** Reads the journal; returns its length and the ids of the units in it. */
const readJournal = async (
  store: Checked,
  ledger: Ledger,
): Promise<{ transitions: number; ids: Set<string> }> => {
  const ids = new Set<string>();
  let transitions = 0;
  for (let after = 0; ;) {
    const rows = await store.journal({ after, limit: PAGE });
    for (const row of rows) {
      ledger.addTransition(row);
      if (row.entityKind === 'uow') ids.add(row.entityId);
    }
    transitions += rows.length;
    const last = rows.at(-1);
    if (last === undefined) return { transitions, ids };
    after = last.sequence;
  }
};

const readUows = async (store: Checked, ledger: Ledger, ids: readonly string[]): Promise<number> => {
  let uows = 0;
  for (let from = 0; from < ids.length; from += PAGE) {
    const found = await store.uows(ids.slice(from, from + PAGE));
    for (const uow of found) ledger.addUow(uow);
    uows += found.length;
  }
  return uows;
};

const readJobs = async (store: Checked, ledger: Ledger): Promise<number> => {
  let jobs = 0;
  for await (const page of store.loadJobs()) {
    page.timeperiods.forEach((timeperiod, i) => {
      const state = page.states[i];
      const version = page.versions[i];
      if (state === undefined || version === undefined) return;
      ledger.addJob({
        processName: page.processName,
        timeperiod,
        state,
        version,
        relatedUow: page.relatedUows[i] ?? null,
      });
    });
    jobs += page.timeperiods.length;
  }
  return jobs;
};

/** Checks all records of a store at rest against its journal. */
export const checkLedger = async (store: Checked): Promise<LedgerReport> => {
  const ledger = createLedger();
  const { transitions, ids } = await readJournal(store, ledger);
  const uows = await readUows(store, ledger, [...ids]);
  const jobs = await readJobs(store, ledger);
  return { counts: { transitions, jobs, uows }, violations: ledger.violations() };
};

/** What SQLite finds wrong with the file of the embedded store; nothing for one that does not exist. */
export const fileDamage = (dataDir: string): string[] => {
  const path = join(dataDir, 'synergy.db');
  if (!existsSync(path)) return [];
  const database = new DatabaseSync(path);
  try {
    const rows = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  } finally {
    database.close();
  }
};
