import { SynergyError } from '../../domain/errors.ts';
import { loginPlace, namedPlace, signingPlace } from '../../domain/event/secret.ts';
import type { Seal } from '../../domain/event/secret.ts';
import { KEPT_CREDENTIALS, userinfoOf, withUserinfo } from '../../domain/event/target-address.ts';
import { readTarget } from '../../domain/event/target.ts';
import type { TargetInput } from '../../domain/event/target.ts';
import type { TriggerKey } from '../../domain/event/trigger.ts';
import { checkSigningSecret } from './signing-secret.ts';
import type { CommandRequest } from './check-command.ts';
import type { CommandOf } from './command-table.ts';

/** Characters of a secret that headers name. */
const LONGEST_VALUE = 4_000;

const refuse = (message: string): SynergyError => new SynergyError('INVALID_ARGUMENT', message);

const withoutKey: Seal = () =>
  Promise.reject(new SynergyError('SECRET_UNREADABLE', 'this process has no key to seal secrets with'));

/** The target as it may be written down: name and password in its address are sealed. Throws INVALID_TARGET. */
const sealTarget = async <T extends TargetInput>(key: TriggerKey, target: T, seal: Seal): Promise<T> => {
  const { url } = readTarget(target);
  const userinfo = userinfoOf(url);
  if (userinfo === undefined || userinfo === KEPT_CREDENTIALS) return target;
  return { ...target, url: withUserinfo(url, await seal(userinfo, loginPlace(key, url))) };
};

type Line = CommandOf<'put-triggers'>['triggers'][number];

/** One of many. That it will not do is said when its turn comes; a password may be anywhere in an address that cannot be read. */
const sealLine = async (line: Line, seal: Seal): Promise<Line> => {
  const { owner, triggerId: id, target } = line;
  try {
    return { ...line, target: await sealTarget({ owner, id }, target, seal) };
  } catch (error) {
    if (!(error instanceof SynergyError) || error.code !== 'INVALID_TARGET') throw error;
    const { url } = target;
    return url.includes('@') ? { ...line, target: { ...target, url: url.replace(/:.*/s, ':***') } } : line;
  }
};

/** Values stand in headers. */
const checkValue = (name: string, value: string): void => {
  if (value.length > LONGEST_VALUE || !/^[\t\x20-\x7e\xa0-\xff]+$/.test(value) || value.trim() !== value)
    throw refuse(
      `secret '${name}', value '***': expected 1 to ${LONGEST_VALUE} characters of Latin-1 in one line, no blanks around them`,
    );
};

/**
 * A command as it may be written down. Commands are records, which many read: what is secret in them is sealed before, and
 * opened by the worker that needs it alone. Throws INVALID_ARGUMENT and INVALID_TARGET, as it can be looked at only here.
 */
export const sealSecrets = async (
  request: CommandRequest,
  seal: Seal = withoutKey,
): Promise<CommandRequest> => {
  switch (request.kind) {
    case 'put-trigger': {
      const { owner, triggerId: id, target } = request;
      return { ...request, target: await sealTarget({ owner, id }, target, seal) };
    }
    case 'test-trigger': {
      const { owner, triggerId: id, target } = request;
      if (target === undefined) return request;
      return { ...request, target: await sealTarget({ owner, id }, target, seal) };
    }
    case 'put-triggers':
      return {
        ...request,
        triggers: await Promise.all(request.triggers.map((line) => sealLine(line, seal))),
      };
    case 'rotate-secret': {
      const { owner, triggerId: id, secret } = request;
      checkSigningSecret(secret);
      return { ...request, secret: await seal(secret, signingPlace({ owner, id })) };
    }
    case 'put-secret': {
      const { owner, secretName, value } = request;
      checkValue(secretName, value);
      return { ...request, value: await seal(value, namedPlace(owner, secretName)) };
    }
    default:
      return request;
  }
};
