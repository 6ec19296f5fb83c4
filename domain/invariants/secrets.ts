import { leave, report } from './state.ts';
import type { CheckState } from './state.ts';

/** Looks at all that one row holds. `where`: name of the table. */
export type SecretScan = (where: string, row: unknown) => void;

/** As it reads inside of JSON text. */
const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);

/** 16: secrets appear nowhere. Findings tell their number, not the secret; undefined without any to look for. */
export const createSecretScan = (checked: CheckState): SecretScan | undefined => {
  const { canaries = [] } = checked.evidence;
  if (canaries.length === 0) {
    leave(checked, 16, 'needs the secrets to look for');
    return undefined;
  }
  const told = new Set<string>();
  const needles = canaries.map((canary) => [escaped(canary), escaped(escaped(canary))] as const);
  return (where, row) => {
    const text = JSON.stringify(row);
    needles.forEach((forms, index) => {
      const key = `${where} ${index}`;
      if (told.has(key) || !forms.some((form) => text.includes(form))) return;
      told.add(key);
      const found = `secret ${index + 1} in ${where}`;
      report(checked, 16, { entity: where, expected: 'no secret in any row', found });
    });
  };
};
