import * as z from 'zod';
import type { Member } from '../domain/cluster/member.ts';

/** Members of other versions may tell more, which is passed over. */
const memberSchema = z.object({
  id: z.string().min(1),
  box: z.string().min(1),
  does: z.enum(['schedule', 'work']),
  since: z.number(),
  facts: z.object({
    version: z.string(),
    service: z.string(),
    context: z.string().optional(),
    leads: z.boolean().optional(),
    processes: z.array(z.string()).optional(),
  }),
});

/** A member as servers keep it. */
export const writeMember = (member: Member): string => JSON.stringify(member);

/**
 * Reads what `writeMember` has written; undefined for anything else: a server may be shared, and a text that is no member must
 * not hide those that are.
 */
export const readMember = (text: string): Member | undefined => {
  try {
    const read = memberSchema.safeParse(JSON.parse(text));
    return read.success ? (read.data as Member) : undefined;
  } catch {
    return undefined;
  }
};

/** Those of the texts that are members. */
export const readMembers = (texts: Iterable<string>): Member[] =>
  [...texts].map(readMember).filter((member) => member !== undefined);
