import { SynergyError } from '../../domain/errors.ts';
import type { OpenId, OpenIdOptions } from '../../mx/access/openid.ts';
import type { Settings } from '../../settings.ts';

type OpenIdSettings = Pick<
  Settings,
  'oidcIssuer' | 'oidcClientId' | 'oidcClientSecret' | 'oidcRoles' | 'oidcNameClaim' | 'oidcGroupsClaim'
>;

/** The OpenID provider of the settings, if any. Throws INVALID_SETTING for half of one. */
export const openIdOptions = (settings: OpenIdSettings): OpenIdOptions | undefined => {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: clientSecret } = settings;
  const { oidcRoles: roles, oidcNameClaim: name, oidcGroupsClaim: groups } = settings;
  const needed = { oidcIssuer: issuer, oidcClientId: clientId, oidcRoles: roles };
  if (issuer !== undefined && clientId !== undefined && roles !== undefined)
    return { issuer, clientId, clientSecret, roles, claims: { name, groups } };
  const given = Object.entries(needed).filter(([, value]) => value !== undefined);
  if (given.length === 0) return undefined;
  const missing = Object.keys(needed).filter((key) => !given.some(([other]) => other === key));
  throw new SynergyError(
    'INVALID_SETTING',
    `setting '${given[0]?.[0] ?? ''}': sign-in with an OpenID provider needs ${missing.join(' and ')} as well: set it, or leave all of them out`,
  );
};

/** What has users proved by the provider of the settings, if any. Throws INVALID_SETTING. */
export const openIdOf = async (settings: OpenIdSettings): Promise<OpenId | undefined> => {
  const options = openIdOptions(settings);
  return options && (await import('../../mx/access/openid.ts')).createOpenId(options);
};
