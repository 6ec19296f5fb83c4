/** A request that an endpoint takes, and its answer. Several bodies have names. */
export interface Example {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly bodies?: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
}

/** A page of one row. */
export const page = (row: unknown, nextCursor: string | null = null) => ({ items: [row], nextCursor });
