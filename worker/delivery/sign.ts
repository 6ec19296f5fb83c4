import { createHmac } from 'node:crypto';
import { textToSign } from '../../domain/event/envelope.ts';
import type { Envelope } from '../../domain/event/envelope.ts';

/** Before the key, in Base64, of a secret that signs. */
const MARK = 'whsec_';

const signature = (text: string, secret: string): string => {
  const key = Buffer.from(secret.startsWith(MARK) ? secret.slice(MARK.length) : secret, 'base64');
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
};

/** The request with the signatures of Standard Webhooks, one of each secret (`whsec_…`); as it is without any. */
export const signed = (envelope: Envelope, secrets: readonly string[]): Envelope => {
  if (secrets.length === 0) return envelope;
  const text = textToSign(envelope);
  const signatures = secrets.map((secret) => signature(text, secret)).join(' ');
  return { ...envelope, headers: { ...envelope.headers, 'webhook-signature': signatures } };
};
