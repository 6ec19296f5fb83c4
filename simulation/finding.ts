/** Something that must not be. */
export interface OracleFinding {
  /** Short and always the same for the same kind of thing. */
  readonly rule: string;
  readonly text: string;
  /** Jobs, units and commands it is about. */
  readonly entities: readonly string[];
}
