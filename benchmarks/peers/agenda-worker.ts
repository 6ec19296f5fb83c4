import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import { MongoClient } from 'mongodb';
import { wallClock } from '../support/child.ts';
import { JOB, writeConcern } from '../support/agenda.ts';
import type { AgendaResult } from '../support/agenda.ts';

/** An Agenda worker whose jobs do nothing. Arguments: address of MongoDB, concurrency, pause between two looks for work, ms, and number of jobs. */
const [url = '', concurrency, pause, total] = process.argv.slice(2);

const client = await MongoClient.connect(url, { writeConcern });
const agenda = new Agenda({
  backend: new MongoBackend({ mongo: client.db() }),
  processEvery: Number(pause),
  maxConcurrency: Number(concurrency),
  defaultConcurrency: Number(concurrency),
});
let completed = 0;
agenda.define(JOB, () => Promise.resolve());
agenda.on(`complete:${JOB}`, () => {
  if (++completed === Number(total)) process.send?.({ doneAt: wallClock() } satisfies AgendaResult);
});
process.once('SIGTERM', () => {
  void agenda
    .stop()
    .then(() => client.close())
    .then(() => process.exit(0));
});
await agenda.start();
process.send?.('ready');
