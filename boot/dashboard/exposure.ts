import { SynergyError } from '../../domain/errors.ts';
import { checkExposure } from '../../mx/access/exposure.ts';
import type { Exposure } from '../../mx/access/exposure.ts';
import type { Settings } from '../../settings.ts';

type Given = Pick<Settings, 'mxHost' | 'mxTlsCert' | 'mxTlsKey' | 'mxProxy' | 'mxPublicUrl'>;

/** Where the dashboard listens and who reaches it. Throws INVALID_SETTING for settings that do not go together. */
export const exposureOf = ({ mxHost, mxTlsCert, mxTlsKey, mxProxy, mxPublicUrl }: Given): Exposure => {
  if ((mxTlsCert === undefined) !== (mxTlsKey === undefined))
    throw new SynergyError(
      'INVALID_SETTING',
      `${mxTlsCert === undefined ? 'mxTlsKey is set and mxTlsCert is not' : 'mxTlsCert is set and mxTlsKey is not'}: set both, or neither`,
    );
  const exposure: Exposure = {
    host: mxHost,
    tls: mxTlsCert === undefined || mxTlsKey === undefined ? undefined : { cert: mxTlsCert, key: mxTlsKey },
    proxy: mxProxy,
    publicUrl: mxPublicUrl,
  };
  checkExposure(exposure);
  return exposure;
};
