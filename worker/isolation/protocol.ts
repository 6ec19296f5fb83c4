import type { DataStore } from '../../db/store.ts';
import type { HandlerCall } from '../invoke-handler.ts';
import type { Outcome } from '../reports/outcome.ts';

/** From the host to the child that runs handlers, one call at a time. */
export type HostMessage =
  | { readonly type: 'call'; readonly call: HandlerCall }
  | { readonly type: 'abort'; readonly reason: string }
  | { readonly type: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: string };

/** From the child to the host; the child opens neither store nor queue, so its data calls are made for it. */
export type ChildMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | {
      readonly type: 'data';
      readonly id: number;
      readonly method: keyof DataStore;
      readonly parameters: readonly unknown[];
    }
  | { readonly type: 'ended'; readonly outcome: Outcome }
  | { readonly type: 'threw'; readonly line: string; readonly stack: string };
