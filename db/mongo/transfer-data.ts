import { createHash } from 'node:crypto';
import { ObjectId } from 'mongodb';
import type { StateRows } from '../transfer.ts';
import type { Ground } from './ground.ts';
import { ownCollections } from './indexes.ts';
import { SINK_HEAD, headId, toSinkDoc, toSinkDocument } from './sink.ts';
import type { HeadDoc, SinkDoc } from './sink.ts';
import { ownedByUser, toSourceDoc, toSourceRow } from './source.ts';
import type { SourceDoc } from './source.ts';
import { readGroups, readPage } from './transfer-page.ts';
import { putAll } from './transfer-put.ts';

/** How the rows of a table get out of the database and into it. */
export interface Passage<R> {
  readonly count: () => Promise<number>;
  readonly read: (after: R | undefined, limit: number) => Promise<R[]>;
  readonly write: (rows: readonly R[]) => Promise<void>;
}
