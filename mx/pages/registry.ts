import { actionPage } from './action.ts';
import { entryPage } from './entry.ts';
import { executionPage } from './execution.ts';
import { freerunPage } from './freerun.ts';
import { jobPage } from './job.ts';
import { journalPage } from './journal.ts';
import { nodesPage } from './nodes.ts';
import { overviewPage } from './overview.ts';
import type { Page } from './page.ts';
import { processesPage } from './processes.ts';
import { tilePage, timetablePage, treePage } from './timetable.ts';
import { quarantinePage } from './quarantine.ts';
import { rejectedPage } from './rejected.ts';
import { eventSecretsPage } from './event-secrets.ts';
import { eventTriggerPage } from './event-trigger.ts';
import { schedulePage } from './schedule.ts';
import { triggersPage } from './triggers.ts';
import { triggersActPage } from './triggers-act.ts';
import { changeTriggerPage, newTriggerPage } from './trigger-form.ts';
import { trafficPage } from './traffic.ts';
import { unitPage } from './unit.ts';

/** Every page of the dashboard; those with a `nav` entry stand in the navigation in this order. */
export const pages: readonly Page[] = [
  overviewPage,
  timetablePage,
  treePage,
  tilePage,
  jobPage,
  unitPage,
  quarantinePage,
  processesPage,
  freerunPage,
  entryPage,
  triggersPage,
  triggersActPage,
  eventSecretsPage,
  newTriggerPage,
  changeTriggerPage,
  eventTriggerPage,
  executionPage,
  journalPage,
  rejectedPage,
  nodesPage,
  trafficPage,
  actionPage,
  schedulePage,
];
