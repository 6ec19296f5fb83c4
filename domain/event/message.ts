import { binaryEvent, ownHeaders, plainContent, structuredEvent, synergyHeaders } from './envelope.ts';
import type { Parcel } from './envelope.ts';

/** What a broker is handed of a parcel. */
export interface BrokerMessage {
  /** Undefined for a CloudEvent without data. */
  readonly contentType: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Before the attributes of a CloudEvent: in the bindings for AMQP and for Kafka. */
export type AttributePrefix = 'cloudEvents:' | 'ce_';

const contentOf = (parcel: Parcel, prefix: AttributePrefix): BrokerMessage => {
  switch (parcel.target.format) {
    case 'plain':
      return { headers: {}, ...plainContent(parcel) };
    case 'cloudevents':
      return { headers: {}, ...structuredEvent(parcel) };
    case 'cloudevents-binary': {
      const { contentType, attributes, body } = binaryEvent(parcel);
      const named = Object.entries(attributes).map(([name, value]) => [prefix + name, value]);
      return { contentType, headers: Object.fromEntries(named) as Record<string, string>, body };
    }
  }
};

/** The message of a parcel for a broker. Throws `NOT_FOUND` for a secret that is not there. */
export const brokerMessage = (parcel: Parcel, prefix: AttributePrefix): BrokerMessage => {
  const { contentType, headers, body } = contentOf(parcel, prefix);
  return { contentType, headers: { ...ownHeaders(parcel), ...headers, ...synergyHeaders(parcel) }, body };
};
