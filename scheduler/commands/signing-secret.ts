import { randomBytes } from 'node:crypto';
import { SynergyError } from '../../domain/errors.ts';

/** Bytes of a key that signs, as Standard Webhooks has it. */
const BYTES = { least: 24, most: 64, made: 32 };

/** A secret that signs messages by Standard Webhooks: `whsec_` and a random key in Base64. */
export const newSigningSecret = (): string => `whsec_${randomBytes(BYTES.made).toString('base64')}`;

/** Throws INVALID_ARGUMENT for a secret that does not sign. */
export const checkSigningSecret = (secret: string): void => {
  const [, text = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const { length } = Buffer.from(text, 'base64');
  if (length >= BYTES.least && length <= BYTES.most) return;
  throw new SynergyError(
    'INVALID_ARGUMENT',
    `secret '***': expected whsec_ and ${BYTES.least} to ${BYTES.most} bytes in Base64, such as whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`,
  );
};
