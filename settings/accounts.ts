import * as z from 'zod';
import { DAY, HOUR } from '../domain/time/calendar.ts';
import { duration, durationText, groupRoles, issuer, texts } from './values.ts';

/** How users of the dashboard sign in, and for how long. */
export const accountSettings = {
  sessionIdle: duration.default(12 * HOUR).register(texts, {
    description: 'Time without use after which a user of the dashboard has to sign in again.',
    expected: durationText,
    example: '30m',
  }),
  sessionLife: duration.default(7 * DAY).register(texts, {
    description: 'Time after signing in for which a user of the dashboard stays signed in at most.',
    expected: durationText,
    example: '24h',
  }),
  oidcIssuer: issuer.optional().register(texts, {
    description:
      'Address of an OpenID provider that users of the dashboard may sign in with; it needs `oidcClientId` and `oidcRoles`. There the dashboard is a client that comes back to `/login/openid/callback` below `mxPublicUrl`, see docs/sign-in-with-openid.md.',
    expected: 'an https:// address, or an http:// one of this machine',
    example: 'https://id.example.com/realms/main',
  }),
  oidcClientId: z.string().min(1).optional().register(texts, {
    description: 'Id of this installation at the OpenID provider.',
    expected: 'the id of a client',
    example: 'synergy',
  }),
  oidcClientSecret: z.string().min(1).optional().register(texts, {
    description:
      'Secret of this installation at the OpenID provider, best kept in a file (`file:` and its path) or in the environment. Without it the provider has to take it for a public client.',
    expected: 'the secret of a client, or file: and the path of a file that holds it',
    example: 'file:/etc/synergy/oidc-secret',
    secret: true,
  }),
  oidcRoles: groupRoles.optional().register(texts, {
    description:
      'Roles of users of the OpenID provider by their groups there; `*` stands for all users. The highest one counts; who has none may not sign in.',
    expected: 'pairs of a group and viewer, operator or admin, such as admins=admin,*=viewer',
    example: 'synergy-admins=admin,on-call=operator,*=viewer',
  }),
  oidcNameClaim: z.string().min(1).default('preferred_username').register(texts, {
    description:
      'Claim of the OpenID provider that becomes the name of a new account; upper case becomes lower case.',
    expected: 'the name of a claim',
    example: 'email',
  }),
  oidcGroupsClaim: z.string().min(1).default('groups').register(texts, {
    description: 'Claim of the OpenID provider with the groups of a user.',
    expected: 'the name of a claim',
    example: 'roles',
  }),
};
